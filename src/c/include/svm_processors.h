// SPDX-License-Identifier: Apache-2.0
// The processors that this process may run on, for libjvm.a and libsvm_container.a, which do not link to each other.
// An including file defines _GNU_SOURCE before its first #include.
#ifndef SVM_PROCESSORS_H
#define SVM_PROCESSORS_H

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

enum { SVM_PROCESSORS_AT_FIRST = 1024, SVM_PROCESSORS_AT_MOST = 1 << 16 };

// How many processors the affinity of this process names, or -1 with errno. A mask of 1024 processors is on
// the stack; only a kernel built for more of them makes this allocate.
static inline int svm_count_affinity(int capacity) {
    cpu_set_t usual;
    const size_t size = CPU_ALLOC_SIZE((size_t) capacity);
    cpu_set_t *const set = size <= sizeof usual ? &usual : CPU_ALLOC((size_t) capacity);
    if (set == NULL) {
        return -1;
    }
    const int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : -1;
    if (set != &usual) {
        const int error = errno;
        CPU_FREE(set);
        errno = error;
    }
    return count;
}

// Affinity (taskset, cpuset) rather than what the machine has. At least 1.
static inline int svm_available_processors(void) {
    // A kernel with larger masks answers EINVAL and does not say how large they are.
    for (int capacity = SVM_PROCESSORS_AT_FIRST; capacity <= SVM_PROCESSORS_AT_MOST; capacity *= 2) {
        const int count = svm_count_affinity(capacity);
        if (count > 0) {
            return count;
        }
        if (errno != EINVAL) {
            break;
        }
    }
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int) online : 1;
}

#endif
