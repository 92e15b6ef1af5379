// SPDX-License-Identifier: Apache-2.0
// Limits and usage of the found groups. The files are those of the kernel's Documentation/admin-guide/cgroup-v1 and
// cgroup-v2.rst.
#define _GNU_SOURCE
#include <string.h>

#include "cgroup.h"
#include "text.h"

enum { VALUE_SIZE = 64 };

// ----- amounts

static bool is_limit(int64_t amount) {
    return amount >= 0;
}

// The stricter of two; a number is stricter than none, and "no limit" says more than "not known".
static int64_t stricter(int64_t a, int64_t b) {
    if (is_limit(a) && is_limit(b)) {
        return a < b ? a : b;
    }
    return a > b ? a : b;
}

static int64_t read_amount(const char *folder, const char *file) {
    char text[VALUE_SIZE];
    int64_t amount;
    return svm_read_file(folder, file, text, sizeof text) && svm_parse_amount(text, &amount, NULL)
               ? amount
               : SVM_CGROUP_UNKNOWN;
}

// The amount behind `key` in a file of "key amount" lines, as memory.stat is.
static int64_t read_keyed_amount(const svm_cgroup *group, const char *file, const char *key) {
    char path[PATH_MAX];
    svm_lines lines;
    if (group->version == SVM_CGROUP_NONE || !svm_join(path, sizeof path, group->path, "/", file) ||
        !svm_lines_open(&lines, path)) {
        return SVM_CGROUP_UNKNOWN;
    }
    const size_t length = strlen(key);
    int64_t found = SVM_CGROUP_UNKNOWN, amount;
    for (const char *line; found == SVM_CGROUP_UNKNOWN && (line = svm_lines_next(&lines)) != NULL;) {
        if (strncmp(line, key, length) == 0 && line[length] == ' ' &&
            svm_parse_amount(line + length + 1, &amount, NULL)) {
            found = amount;
        }
    }
    svm_lines_close(&lines);
    return found;
}

// The amount in the group's own file, which is called differently in the two versions.
static int64_t own_amount(const svm_cgroup *group, const char *v1_file, const char *v2_file) {
    switch (group->version) {
        case SVM_CGROUP_V1: return read_amount(group->path, v1_file);
        case SVM_CGROUP_V2: return read_amount(group->path, v2_file);
        default: return SVM_CGROUP_UNKNOWN;
    }
}

// ----- up the hierarchy: a group may have no limit and its parent one

typedef int64_t (*level_reader)(const char *folder, const char *file);

// Cut the last component off, unless the mount point is reached.
static bool go_up(char *path, size_t mount_length) {
    char *const slash = strrchr(path, '/');
    if (slash == NULL || (size_t) (slash - path) < mount_length) {
        return false;
    }
    *slash = '\0';
    return true;
}

static int64_t strictest_level(const svm_cgroup *group, level_reader read_level, const char *file) {
    char path[PATH_MAX];
    int64_t strictest = SVM_CGROUP_UNKNOWN;
    memcpy(path, group->path, strlen(group->path) + 1);
    do {
        strictest = stricter(strictest, read_level(path, file));
    } while (go_up(path, group->mount_length));
    return strictest;
}

// ----- memory

static const svm_cgroup *memory_of(const svm_cgroups *groups) {
    return &groups->controllers[SVM_CGROUP_MEMORY];
}

// Version 1 can be told not to apply the parents' limits; the kernel then also says so in memory.stat, which
// knows the parents that are not visible here.
static int64_t v1_memory_limit(const svm_cgroup *group, const char *file, const char *hierarchical_key) {
    const bool hierarchical = read_amount(group->path, "memory.use_hierarchy") != 0;
    const int64_t visible =
        hierarchical ? strictest_level(group, read_amount, file) : read_amount(group->path, file);
    return stricter(visible, read_keyed_amount(group, "memory.stat", hierarchical_key));
}

// Version 1 writes "no limit" as an amount that no machine has; so any that this machine does not have is none.
static int64_t none_if_beyond(int64_t amount, int64_t bound) {
    return amount >= bound ? SVM_CGROUP_UNLIMITED : amount;
}

int64_t svm_cgroups_memory_limit(const svm_cgroups *groups, int64_t host_memory) {
    const svm_cgroup *const group = memory_of(groups);
    int64_t limit = SVM_CGROUP_UNKNOWN;
    if (group->version == SVM_CGROUP_V1) {
        limit = v1_memory_limit(group, "memory.limit_in_bytes", "hierarchical_memory_limit");
    } else if (group->version == SVM_CGROUP_V2) {
        limit = strictest_level(group, read_amount, "memory.max");
    }
    return none_if_beyond(limit, host_memory);
}

// Version 2 limits swap by itself; the sum is what memory and swap may have together. A kernel without swap
// accounting has no such file, and then memory's own limit is all there is to say.
int64_t svm_cgroups_memory_and_swap_limit(const svm_cgroups *groups, int64_t host_memory) {
    const svm_cgroup *const group = memory_of(groups);
    const int64_t memory = svm_cgroups_memory_limit(groups, host_memory);
    if (!is_limit(memory)) {
        return memory;
    }
    if (group->version == SVM_CGROUP_V1) {
        const int64_t both = v1_memory_limit(group, "memory.memsw.limit_in_bytes", "hierarchical_memsw_limit");
        // The kernel's "no limit": the largest amount, rounded down to a page.
        return both == SVM_CGROUP_UNKNOWN ? memory : none_if_beyond(both, INT64_MAX - UINT16_MAX);
    }
    const int64_t swap = strictest_level(group, read_amount, "memory.swap.max");
    if (swap == SVM_CGROUP_UNKNOWN) {
        return memory;
    }
    return is_limit(swap) && swap <= INT64_MAX - memory ? memory + swap : SVM_CGROUP_UNLIMITED;
}

int64_t svm_cgroups_memory_soft_limit(const svm_cgroups *groups, int64_t host_memory) {
    return none_if_beyond(own_amount(memory_of(groups), "memory.soft_limit_in_bytes", "memory.low"), host_memory);
}

int64_t svm_cgroups_memory_usage(const svm_cgroups *groups) {
    return own_amount(memory_of(groups), "memory.usage_in_bytes", "memory.current");
}

int64_t svm_cgroups_memory_peak(const svm_cgroups *groups) {
    return own_amount(memory_of(groups), "memory.max_usage_in_bytes", "memory.peak");
}

int64_t svm_cgroups_rss(const svm_cgroups *groups) {
    const svm_cgroup *const group = memory_of(groups);
    return read_keyed_amount(group, "memory.stat", group->version == SVM_CGROUP_V1 ? "rss" : "anon");
}

int64_t svm_cgroups_cache(const svm_cgroups *groups) {
    const svm_cgroup *const group = memory_of(groups);
    return read_keyed_amount(group, "memory.stat", group->version == SVM_CGROUP_V1 ? "cache" : "file");
}

// ----- processors

// A quota of 150 ms in each 100 ms is used best with two processors, so round up.
static int64_t processors_of_quota(int64_t quota, int64_t period) {
    if (!is_limit(quota)) {
        return quota;
    }
    return quota > 0 && period > 0 ? (quota - 1) / period + 1 : SVM_CGROUP_UNLIMITED;
}

static int64_t v1_quota(const char *folder, const char *file) {
    return processors_of_quota(read_amount(folder, file), read_amount(folder, "cpu.cfs_period_us"));
}

// "150000 100000" or "max 100000".
static int64_t v2_quota(const char *folder, const char *file) {
    char text[VALUE_SIZE];
    const char *rest;
    int64_t quota, period;
    if (!svm_read_file(folder, file, text, sizeof text) || !svm_parse_amount(text, &quota, &rest) || *rest != ' ' ||
        !svm_parse_amount(rest + 1, &period, NULL)) {
        return SVM_CGROUP_UNKNOWN;
    }
    return processors_of_quota(quota, period);
}

static int64_t quota_processors(const svm_cgroups *groups) {
    const svm_cgroup *const group = &groups->controllers[SVM_CGROUP_CPU];
    switch (group->version) {
        case SVM_CGROUP_V1: return strictest_level(group, v1_quota, "cpu.cfs_quota_us");
        case SVM_CGROUP_V2: return strictest_level(group, v2_quota, "cpu.max");
        default: return SVM_CGROUP_UNKNOWN;
    }
}

// A list of thousands of single processors may not fit; the affinity of the process says the same then.
static int64_t read_processor_list(const char *folder, const char *file) {
    char text[2048];
    if (!svm_read_file(folder, file, text, sizeof text)) {
        return SVM_CGROUP_UNKNOWN;
    }
    const int count = svm_count_processor_list(text);
    return count > 0 ? count : SVM_CGROUP_UNKNOWN;
}

// The effective set; of version 1 without its v2 mode, the configured one. An empty list says nothing of its own,
// and the parents' sets contain the children's, so the strictest level is the one in force.
static int64_t cpuset_processors(const svm_cgroups *groups) {
    const svm_cgroup *const group = &groups->controllers[SVM_CGROUP_CPUSET];
    if (group->version == SVM_CGROUP_V2) {
        return strictest_level(group, read_processor_list, "cpuset.cpus.effective");
    }
    if (group->version != SVM_CGROUP_V1) {
        return SVM_CGROUP_UNKNOWN;
    }
    return stricter(strictest_level(group, read_processor_list, "cpuset.effective_cpus"),
                    strictest_level(group, read_processor_list, "cpuset.cpus"));
}

int svm_cgroups_processors(const svm_cgroups *groups, int available) {
    const int64_t count = stricter(available, stricter(quota_processors(groups), cpuset_processors(groups)));
    return count < 1 ? 1 : (int) count;
}

// ----- containers

static bool all_read_only(const svm_cgroups *groups) {
    int found = 0;
    for (int i = 0; i < SVM_CGROUP_CONTROLLERS; i++) {
        const svm_cgroup *const group = &groups->controllers[i];
        if (group->version != SVM_CGROUP_NONE && !group->read_only) {
            return false;
        }
        found += group->version != SVM_CGROUP_NONE;
    }
    return found > 0;
}

bool svm_cgroups_is_containerized(const svm_cgroups *groups, int64_t host_memory) {
    return all_read_only(groups) || is_limit(svm_cgroups_memory_limit(groups, host_memory)) ||
           is_limit(quota_processors(groups));
}
