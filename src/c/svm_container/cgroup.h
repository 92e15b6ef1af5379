// SPDX-License-Identifier: Apache-2.0
// What the control groups of this process allow it. No heap, no locks: this also runs before the Java heap exists.
// Every function takes the found groups, and finding them takes a root folder, so that tests can build trees.
#ifndef SVM_CGROUP_H
#define SVM_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Results that are not amounts. The builder's Java classes only ask whether a limit is above zero.
enum { SVM_CGROUP_UNLIMITED = -1, SVM_CGROUP_UNKNOWN = -2 };

typedef enum { SVM_CGROUP_MEMORY, SVM_CGROUP_CPU, SVM_CGROUP_CPUSET, SVM_CGROUP_CONTROLLERS } svm_controller;

typedef enum { SVM_CGROUP_NONE = 0, SVM_CGROUP_V1 = 1, SVM_CGROUP_V2 = 2 } svm_cgroup_version;

// One controller's group. On a hybrid machine each controller may be of another version.
typedef struct {
    svm_cgroup_version version;
    bool read_only;
    int mount_rank;         // how well the mount suits, while looking; lower is better
    size_t mount_length;    // the first bytes of `path` are the mount point, where going up ends
    char path[PATH_MAX];    // the group's folder
    char process_path[PATH_MAX]; // what /proc/self/cgroup says of the controller of version 1, or ""
} svm_cgroup;

typedef struct {
    svm_cgroup controllers[SVM_CGROUP_CONTROLLERS];
    char unified_path[PATH_MAX]; // what /proc/self/cgroup says of version 2, or ""
} svm_cgroups;

// Find the groups of this process with /proc/self/cgroup and /proc/self/mountinfo below `root` ("" is the real
// one). A controller that is not found has version SVM_CGROUP_NONE.
void svm_cgroups_find(svm_cgroups *groups, const char *root);

// Whether the process is in something that one would call a container: a limit of memory or processors is
// set, or all control groups are mounted read-only.
bool svm_cgroups_is_containerized(const svm_cgroups *groups, int64_t host_memory);

// Bytes, SVM_CGROUP_UNLIMITED or SVM_CGROUP_UNKNOWN. A limit of the machine's memory or more is none.
int64_t svm_cgroups_memory_limit(const svm_cgroups *groups, int64_t host_memory);
int64_t svm_cgroups_memory_and_swap_limit(const svm_cgroups *groups, int64_t host_memory);
int64_t svm_cgroups_memory_soft_limit(const svm_cgroups *groups, int64_t host_memory);
int64_t svm_cgroups_memory_usage(const svm_cgroups *groups);
int64_t svm_cgroups_memory_peak(const svm_cgroups *groups);
int64_t svm_cgroups_rss(const svm_cgroups *groups);
int64_t svm_cgroups_cache(const svm_cgroups *groups);

// The processors to count with: the least of `available`, the cpuset, and the quota rounded up; at least 1.
int svm_cgroups_processors(const svm_cgroups *groups, int available);

#endif
