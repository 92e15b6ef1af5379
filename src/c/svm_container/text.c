// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"

static ssize_t read_again(int fd, char *buffer, size_t size) {
    ssize_t count;
    do {
        count = read(fd, buffer, size);
    } while (count < 0 && errno == EINTR);
    return count;
}

// ----- lines

bool svm_lines_open(svm_lines *lines, const char *path) {
    lines->fd = open(path, O_RDONLY | O_CLOEXEC);
    lines->start = lines->end = 0;
    lines->skipping = lines->at_end = false;
    return lines->fd >= 0;
}

void svm_lines_close(svm_lines *lines) {
    close(lines->fd);
}

// Move what is left to the front and read on behind it, leaving room for a NUL. A buffer that is full without
// the end of a line holds the beginning of one that is too long: drop it and remember to drop its rest.
static void refill(svm_lines *lines) {
    const size_t capacity = sizeof lines->buffer - 1;
    const size_t left = lines->end - lines->start;
    memmove(lines->buffer, lines->buffer + lines->start, left);
    lines->start = 0;
    lines->end = left;
    if (left == capacity) {
        lines->skipping = true;
        lines->end = 0;
    }
    const ssize_t count = read_again(lines->fd, lines->buffer + lines->end, capacity - lines->end);
    lines->at_end = count <= 0;
    lines->end += count > 0 ? (size_t) count : 0;
}

static char *take_line(svm_lines *lines, size_t length) {
    char *const line = lines->buffer + lines->start;
    line[length] = '\0';
    lines->start += length < lines->end - lines->start ? length + 1 : length;
    return line;
}

char *svm_lines_next(svm_lines *lines) {
    for (;;) {
        const size_t left = lines->end - lines->start;
        const char *const start = lines->buffer + lines->start;
        const char *const newline = memchr(start, '\n', left);
        if (newline == NULL && !lines->at_end) {
            refill(lines);
            continue;
        }
        if (newline == NULL && left == 0) {
            return NULL;
        }
        char *const line = take_line(lines, newline != NULL ? (size_t) (newline - start) : left);
        if (!lines->skipping) {
            return line;
        }
        lines->skipping = false;
    }
}

// ----- whole files

bool svm_join(char *target, size_t size, const char *a, const char *b, const char *c) {
    const int length = snprintf(target, size, "%s%s%s", a, b, c);
    if (length < 0 || (size_t) length >= size) {
        target[0] = '\0';
        return false;
    }
    return true;
}

bool svm_read_file(const char *folder, const char *name, char *buffer, size_t size) {
    char path[PATH_MAX];
    if (!svm_join(path, sizeof path, folder, "/", name)) {
        return false;
    }
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    size_t used = 0;
    ssize_t count = 1;
    while (used < size && count > 0) {
        count = read_again(fd, buffer + used, size - used);
        used += count > 0 ? (size_t) count : 0;
    }
    close(fd);
    if (count != 0 || used == size) {
        return false;
    }
    buffer[used] = '\0';
    return true;
}

// ----- numbers

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static const char *parse_digits(const char *text, int64_t *number) {
    int64_t value = 0;
    for (; is_digit(*text); text++) {
        const int digit = *text - '0';
        value = value > (INT64_MAX - digit) / 10 ? INT64_MAX : value * 10 + digit;
    }
    *number = value;
    return text;
}

bool svm_parse_amount(const char *text, int64_t *amount, const char **rest) {
    const char *end;
    if (strncmp(text, "max", 3) == 0) {
        *amount = SVM_CGROUP_UNLIMITED;
        end = text + 3;
    } else if (text[0] == '-' && is_digit(text[1])) {
        end = parse_digits(text + 1, amount);
        *amount = SVM_CGROUP_UNLIMITED;
    } else if (is_digit(text[0])) {
        end = parse_digits(text, amount);
    } else {
        return false;
    }
    if (rest != NULL) {
        *rest = end;
    }
    return true;
}

int svm_count_processor_list(const char *list) {
    int64_t total = 0;
    while (is_digit(*list)) {
        int64_t first, last;
        list = parse_digits(list, &first);
        last = first;
        if (*list == '-') {
            if (!is_digit(list[1])) {
                return -1;
            }
            list = parse_digits(list + 1, &last);
        }
        if (last < first || last >= INT_MAX) {
            return -1;
        }
        total += last - first + 1;
        if (*list != ',') {
            break;
        }
        list++;
    }
    const bool complete = *list == '\0' || *list == '\n';
    return complete && total > 0 && total <= INT_MAX ? (int) total : -1;
}
