// SPDX-License-Identifier: Apache-2.0
// Small things of the process and its threads, and fixed-argument doors to variadic C functions: the builder
// calls with the plain calling convention, which the ABI does not promise to fit a variadic callee.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "chelper.h"

#define NANOSECONDS_PER_SECOND 1000000000ll

char **getEnviron(void) {
    return environ;
}

int getThreadId(void) {
    return (int) syscall(SYS_gettid);
}

// Read a whole small file of /proc into `buffer`, NUL-terminated. Returns its length or -1.
static ssize_t read_small_file(const char *path, char *buffer, size_t size) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    size_t used = 0;
    ssize_t count = 1;
    while (used < size - 1 && count != 0) {
        count = read(fd, buffer + used, size - 1 - used);
        if (count < 0 && errno != EINTR) {
            break;
        }
        used += count > 0 ? (size_t) count : 0;
    }
    close(fd);
    buffer[used] = '\0';
    return count < 0 ? -1 : (ssize_t) used;
}

// Field 14 of /proc/PID/task/TID/stat (proc(5)). The name in field 2 may hold spaces and parentheses, so
// count from its last closing one, which is followed by field 3.
static const char *user_time_field(const char *stat) {
    const char *field = strrchr(stat, ')');
    for (int number = 2; field != NULL && number < 14; number++) {
        field = strchr(field + 1, ' ');
    }
    return field;
}

// User time of a thread of this process in nanoseconds, in steps of a clock tick, or -1.
int64_t getThreadUserTimeSlow(int thread_id) {
    char path[64], stat[1024];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread_id);
    const long ticks_per_second = sysconf(_SC_CLK_TCK);
    if (ticks_per_second <= 0 || read_small_file(path, stat, sizeof stat) < 0) {
        return -1;
    }
    const char *const field = user_time_field(stat);
    if (field == NULL) {
        return -1;
    }
    return strtoll(field, NULL, 10) * (NANOSECONDS_PER_SECOND / ticks_per_second);
}

// Makes new machine code visible to instruction fetch; nothing to do on x86.
void codeSynchronization_clearCache(int64_t code_start, int64_t code_size) {
    char *const start = (char *) (intptr_t) code_start;
    __builtin___clear_cache(start, start + code_size);
}

int openSII(const char *path, int flags, int mode) {
    return open(path, flags, (mode_t) mode);
}

int openatISII(int folder, const char *path, int flags, int mode) {
    return openat(folder, path, flags, (mode_t) mode);
}

int fprintfSD(FILE *stream, const char *format, const char *text, int number) {
    return fprintf(stream, format, text, number);
}

void *mremapP(void *old_address, size_t old_size, size_t new_size, int flags, void *new_address) {
    return mremap(old_address, old_size, new_size, flags, new_address);
}
