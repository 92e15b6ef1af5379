// SPDX-License-Identifier: Apache-2.0
// libsvm_container.a: what com.oracle.svm.core.container.ContainerLibrary declares.
#define _GNU_SOURCE
#include "container.h"

#include <unistd.h>

#include "cgroup.h"
#include "svm_processors.h"

// The version of the interface that ContainerLibrary.VERSION names. Both sides must be the same.
enum { INTERFACE_VERSION = 240100 };

enum { NOT_CONTAINERIZED = 0, CONTAINERIZED = 1, LIBRARY_TOO_OLD = 2, LIBRARY_TOO_NEW = 3 };

// Tests of this file alone may compile it against a tree of their own.
#ifndef SVM_CONTAINER_ROOT
#define SVM_CONTAINER_ROOT ""
#endif

// Written once by svm_container_initialize, before any other function here is called, and only read later: Java
// guards the call with an atomic state. The places stay, the limits in them are read anew each time.
static svm_cgroups groups;

static int64_t host_memory(void) {
    const int64_t pages = sysconf(_SC_PHYS_PAGES);
    const int64_t page_size = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_size > 0 ? pages * page_size : INT64_MAX;
}

int svm_container_initialize(int version) {
    if (version > INTERFACE_VERSION) {
        return LIBRARY_TOO_OLD;
    }
    if (version < INTERFACE_VERSION) {
        return LIBRARY_TOO_NEW;
    }
    svm_cgroups_find(&groups, SVM_CONTAINER_ROOT);
    return svm_cgroups_is_containerized(&groups, host_memory()) ? CONTAINERIZED : NOT_CONTAINERIZED;
}

// The memory to size the heap by: the limit where there is one, else what the machine has.
size_t svm_container_physical_memory(void) {
    const int64_t limit = svm_container_memory_limit_in_bytes();
    return (size_t) (limit > 0 ? limit : host_memory());
}

int64_t svm_container_memory_limit_in_bytes(void) {
    return svm_cgroups_memory_limit(&groups, host_memory());
}

int64_t svm_container_memory_and_swap_limit_in_bytes(void) {
    return svm_cgroups_memory_and_swap_limit(&groups, host_memory());
}

int64_t svm_container_memory_soft_limit_in_bytes(void) {
    return svm_cgroups_memory_soft_limit(&groups, host_memory());
}

int64_t svm_container_memory_usage_in_bytes(void) {
    return svm_cgroups_memory_usage(&groups);
}

int64_t svm_container_memory_max_usage_in_bytes(void) {
    return svm_cgroups_memory_peak(&groups);
}

int64_t svm_container_rss_usage_in_bytes(void) {
    return svm_cgroups_rss(&groups);
}

int64_t svm_container_cache_usage_in_bytes(void) {
    return svm_cgroups_cache(&groups);
}

int svm_container_active_processor_count(void) {
    return svm_cgroups_processors(&groups, svm_available_processors());
}
