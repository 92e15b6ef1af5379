// SPDX-License-Identifier: Apache-2.0
// Reading the small text files of /proc and of control groups without a heap.
#ifndef SVM_TEXT_H
#define SVM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A file read line by line. Longer lines than the buffer are skipped whole: no line that matters here is.
typedef struct {
    int fd;
    size_t start, end;
    bool skipping, at_end;
    char buffer[4096];
} svm_lines;

bool svm_lines_open(svm_lines *lines, const char *path);
char *svm_lines_next(svm_lines *lines); // NUL-terminated, valid until the next call; NULL at the end
void svm_lines_close(svm_lines *lines);

// Write "a" "b" "c" one after the other. False, and an empty target, when they do not fit.
bool svm_join(char *target, size_t size, const char *a, const char *b, const char *c);

// The whole of a file that fits the buffer, NUL-terminated. False when it cannot be read or does not fit.
bool svm_read_file(const char *folder, const char *name, char *buffer, size_t size);

// The amount at the start of `text`: digits, "max" or a negative number for SVM_CGROUP_UNLIMITED. Amounts above
// INT64_MAX are cut to it. `rest` may be NULL.
bool svm_parse_amount(const char *text, int64_t *amount, const char **rest);

// How many processors a list such as "0-3,7" names, or -1 when it is empty or no list.
int svm_count_processor_list(const char *list);

#endif
