// SPDX-License-Identifier: Apache-2.0
// Control groups as they are seen on real machines, rebuilt as trees of files.
#define _GNU_SOURCE
#include "check.h"

#include "../svm_container/cgroup.h"
#include "../svm_container/text.h"

#define MB (1024ll * 1024)
#define HOST_MEMORY (16384 * MB)
#define V1_UNLIMITED "9223372036854771712\n"

enum { HOST_PROCESSORS = 16 };

static svm_cgroups groups;

static void find(void) {
    svm_cgroups_find(&groups, tree_root);
}

static int64_t limit(void) {
    return svm_cgroups_memory_limit(&groups, HOST_MEMORY);
}

static int processors(void) {
    return svm_cgroups_processors(&groups, HOST_PROCESSORS);
}

static bool containerized(void) {
    return svm_cgroups_is_containerized(&groups, HOST_MEMORY);
}

static const char *folder_of(svm_controller controller) {
    return groups.controllers[controller].path + strlen(tree_root);
}

// ----- version 2

#define V2_MOUNT(root, options) \
    "22 1 0:5 / / rw - overlay overlay rw\n30 22 0:26 " root " /sys/fs/cgroup " options \
    " shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

static void v2_in_a_container_with_its_own_namespace(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "0::/\n");
    tree_file("/proc/self/mountinfo", V2_MOUNT("/", "ro,nosuid"));
    tree_file("/sys/fs/cgroup/memory.max", "536870912\n");
    tree_file("/sys/fs/cgroup/memory.swap.max", "134217728\n");
    tree_file("/sys/fs/cgroup/memory.low", "0\n");
    tree_file("/sys/fs/cgroup/memory.current", "1048576\n");
    tree_file("/sys/fs/cgroup/memory.peak", "2097152\n");
    tree_file("/sys/fs/cgroup/memory.stat", "anon 4096\nfile 8192\nkernel 1\nfile_mapped 77\n");
    tree_file("/sys/fs/cgroup/cpu.max", "150000 100000\n");
    tree_file("/sys/fs/cgroup/cpuset.cpus.effective", "0-3,7\n");
    find();
    CHECK_NUMBER(SVM_CGROUP_V2, groups.controllers[SVM_CGROUP_MEMORY].version);
    CHECK_TEXT("/sys/fs/cgroup", folder_of(SVM_CGROUP_MEMORY));
    CHECK_NUMBER(512 * MB, limit());
    CHECK_NUMBER(640 * MB, svm_cgroups_memory_and_swap_limit(&groups, HOST_MEMORY));
    CHECK_NUMBER(0, svm_cgroups_memory_soft_limit(&groups, HOST_MEMORY));
    CHECK_NUMBER(1 * MB, svm_cgroups_memory_usage(&groups));
    CHECK_NUMBER(2 * MB, svm_cgroups_memory_peak(&groups));
    CHECK_NUMBER(4096, svm_cgroups_rss(&groups));
    CHECK_NUMBER(8192, svm_cgroups_cache(&groups));
    CHECK_NUMBER(2, processors());
    CHECK(containerized());
    tree_remove();
}

static void v2_without_limits(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "0::/user.slice/session.scope\n");
    tree_file("/proc/self/mountinfo", V2_MOUNT("/", "rw,nosuid"));
    tree_file("/sys/fs/cgroup/user.slice/memory.max", "max\n");
    tree_file("/sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
    tree_file("/sys/fs/cgroup/user.slice/session.scope/memory.max", "max\n");
    tree_file("/sys/fs/cgroup/user.slice/session.scope/memory.swap.max", "max\n");
    tree_file("/sys/fs/cgroup/user.slice/session.scope/cpu.max", "max 100000\n");
    tree_file("/sys/fs/cgroup/user.slice/session.scope/cpuset.cpus.effective", "\n");
    find();
    CHECK_TEXT("/sys/fs/cgroup/user.slice/session.scope", folder_of(SVM_CGROUP_CPU));
    CHECK_NUMBER(SVM_CGROUP_UNLIMITED, limit());
    CHECK_NUMBER(SVM_CGROUP_UNLIMITED, svm_cgroups_memory_and_swap_limit(&groups, HOST_MEMORY));
    CHECK_NUMBER(SVM_CGROUP_UNKNOWN, svm_cgroups_memory_usage(&groups));
    CHECK_NUMBER(HOST_PROCESSORS, processors());
    CHECK(!containerized());
    tree_remove();
}

// The process's own group has no limit, the ones above have: the strictest counts, of each kind by itself.
static void v2_limits_of_the_parents(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "0::/kube/pod1/main\n");
    tree_file("/proc/self/mountinfo", V2_MOUNT("/", "rw"));
    tree_file("/sys/fs/cgroup/kube/memory.max", "2147483648\n");
    tree_file("/sys/fs/cgroup/kube/memory.swap.max", "0\n");
    tree_file("/sys/fs/cgroup/kube/cpu.max", "800000 100000\n");
    tree_file("/sys/fs/cgroup/kube/pod1/memory.max", "1073741824\n");
    tree_file("/sys/fs/cgroup/kube/pod1/memory.swap.max", "max\n");
    tree_file("/sys/fs/cgroup/kube/pod1/cpu.max", "300000 100000\n");
    tree_file("/sys/fs/cgroup/kube/pod1/main/memory.max", "max\n");
    tree_file("/sys/fs/cgroup/kube/pod1/main/memory.swap.max", "max\n");
    tree_file("/sys/fs/cgroup/kube/pod1/main/cpu.max", "max 100000\n");
    find();
    CHECK_NUMBER(1024 * MB, limit());
    CHECK_NUMBER(1024 * MB, svm_cgroups_memory_and_swap_limit(&groups, HOST_MEMORY));
    CHECK_NUMBER(3, processors());
    CHECK(containerized());
    tree_remove();
}

// A limit of the machine's memory or more is none; a quota below one processor is one.
static void v2_extremes(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "0::/\n");
    tree_file("/proc/self/mountinfo", V2_MOUNT("/", "rw"));
    tree_file("/sys/fs/cgroup/memory.max", "99999999999999999999999\n");
    tree_file("/sys/fs/cgroup/cpu.max", "1000 100000\n");
    tree_file("/sys/fs/cgroup/cpuset.cpus.effective", "nonsense\n");
    find();
    CHECK_NUMBER(SVM_CGROUP_UNLIMITED, limit());
    CHECK_NUMBER(1, processors());
    tree_remove();
}

// The host's whole tree is mounted, and the process's path begins somewhere inside it.
static void v2_mount_shows_a_part(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "0::/system.slice/docker-1.scope/inner\n");
    tree_file("/proc/self/mountinfo", V2_MOUNT("/system.slice/docker-1.scope", "rw"));
    tree_file("/sys/fs/cgroup/memory.max", "268435456\n");
    tree_file("/sys/fs/cgroup/inner/memory.max", "max\n");
    find();
    CHECK_TEXT("/sys/fs/cgroup/inner", folder_of(SVM_CGROUP_MEMORY));
    CHECK_NUMBER(256 * MB, limit());
    tree_remove();
}

// Moved out of its namespace, a process sees "/../": nothing below the mount is its own, the mount point is the best.
static void v2_outside_its_namespace(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "0::/../other\n");
    tree_file("/proc/self/mountinfo", V2_MOUNT("/", "rw"));
    tree_file("/sys/fs/cgroup/memory.max", "268435456\n");
    tree_file("/sys/fs/other/memory.max", "1\n");
    find();
    CHECK_TEXT("/sys/fs/cgroup", folder_of(SVM_CGROUP_MEMORY));
    CHECK_NUMBER(256 * MB, limit());
    tree_remove();
}

// A monitoring container has the host's tree as well, listed first or last.
static void the_hosts_tree_beside_its_own(void) {
    static const char *const orders[] = {
        "40 22 0:26 /../.. /host/sys/fs/cgroup ro - cgroup2 cgroup2 rw\n" V2_MOUNT("/", "rw"),
        V2_MOUNT("/", "rw") "40 22 0:26 /../.. /host/sys/fs/cgroup ro - cgroup2 cgroup2 rw\n",
    };
    for (int i = 0; i < 2; i++) {
        tree_new();
        tree_file("/proc/self/cgroup", "0::/\n");
        tree_file("/proc/self/mountinfo", orders[i]);
        tree_file("/host/sys/fs/cgroup/memory.max", "max\n");
        tree_file("/sys/fs/cgroup/memory.max", "268435456\n");
        find();
        CHECK_TEXT("/sys/fs/cgroup", folder_of(SVM_CGROUP_MEMORY));
        CHECK_NUMBER(256 * MB, limit());
        tree_remove();
    }
}

// ----- version 1

#define V1_MOUNT(root, point, options, controllers) \
    "33 31 0:30 " root " " point " " options " master:9 - cgroup cgroup rw," controllers "\n"

static void v1_docker_without_namespace(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "11:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n2:cpuset:/docker/abc\n0::/docker/abc\n");
    tree_file("/proc/self/mountinfo",
              V1_MOUNT("/docker/abc", "/sys/fs/cgroup/memory", "ro,nosuid", "memory")
              V1_MOUNT("/docker/abc", "/sys/fs/cgroup/cpu,cpuacct", "ro,nosuid", "cpu,cpuacct")
              V1_MOUNT("/docker/abc", "/sys/fs/cgroup/cpuset", "ro,nosuid", "cpuset"));
    tree_file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
    tree_file("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "805306368\n");
    tree_file("/sys/fs/cgroup/memory/memory.soft_limit_in_bytes", V1_UNLIMITED);
    tree_file("/sys/fs/cgroup/memory/memory.usage_in_bytes", "3145728\n");
    tree_file("/sys/fs/cgroup/memory/memory.max_usage_in_bytes", "4194304\n");
    tree_file("/sys/fs/cgroup/memory/memory.stat",
              "cache 8192\nrss 4096\nrss_huge 0\nhierarchical_memory_limit 536870912\n"
              "hierarchical_memsw_limit 805306368\ntotal_rss 1\n");
    tree_file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000\n");
    tree_file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    tree_file("/sys/fs/cgroup/cpuset/cpuset.cpus", "0-3,7\n");
    find();
    CHECK_NUMBER(SVM_CGROUP_V1, groups.controllers[SVM_CGROUP_CPU].version);
    CHECK_TEXT("/sys/fs/cgroup/cpu,cpuacct", folder_of(SVM_CGROUP_CPU));
    CHECK_NUMBER(512 * MB, limit());
    CHECK_NUMBER(768 * MB, svm_cgroups_memory_and_swap_limit(&groups, HOST_MEMORY));
    CHECK_NUMBER(SVM_CGROUP_UNLIMITED, svm_cgroups_memory_soft_limit(&groups, HOST_MEMORY));
    CHECK_NUMBER(3 * MB, svm_cgroups_memory_usage(&groups));
    CHECK_NUMBER(4 * MB, svm_cgroups_memory_peak(&groups));
    CHECK_NUMBER(4096, svm_cgroups_rss(&groups));
    CHECK_NUMBER(8192, svm_cgroups_cache(&groups));
    CHECK_NUMBER(3, processors());
    CHECK(containerized());
    tree_remove();
}

static void v1_without_limits(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "4:memory:/\n2:cpuset:/\n1:cpu:/\n");
    tree_file("/proc/self/mountinfo", V1_MOUNT("/", "/sys/fs/cgroup/memory", "rw", "memory")
              V1_MOUNT("/", "/sys/fs/cgroup/cpu", "rw", "cpu") V1_MOUNT("/", "/sys/fs/cgroup/cpuset", "rw", "cpuset"));
    tree_file("/sys/fs/cgroup/memory/memory.limit_in_bytes", V1_UNLIMITED);
    tree_file("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", V1_UNLIMITED);
    tree_file("/sys/fs/cgroup/memory/memory.stat", "hierarchical_memory_limit " V1_UNLIMITED);
    tree_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    tree_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    tree_file("/sys/fs/cgroup/cpuset/cpuset.cpus", "0-63\n");
    find();
    CHECK_NUMBER(SVM_CGROUP_UNLIMITED, limit());
    CHECK_NUMBER(SVM_CGROUP_UNLIMITED, svm_cgroups_memory_and_swap_limit(&groups, HOST_MEMORY));
    CHECK_NUMBER(HOST_PROCESSORS, processors());
    CHECK(!containerized());
    tree_remove();
}

static void v1_nested(const char *use_hierarchy, int64_t expected) {
    tree_new();
    tree_file("/proc/self/cgroup", "4:memory:/outer/inner\n1:cpu:/outer/inner\n");
    tree_file("/proc/self/mountinfo", V1_MOUNT("/", "/sys/fs/cgroup/memory", "rw", "memory")
              V1_MOUNT("/", "/sys/fs/cgroup/cpu", "rw", "cpu"));
    tree_file("/sys/fs/cgroup/memory/outer/memory.limit_in_bytes", "268435456\n");
    tree_file("/sys/fs/cgroup/memory/outer/inner/memory.limit_in_bytes", "536870912\n");
    tree_file("/sys/fs/cgroup/memory/outer/inner/memory.use_hierarchy", use_hierarchy);
    tree_file("/sys/fs/cgroup/cpu/outer/cpu.cfs_quota_us", "200000\n");
    tree_file("/sys/fs/cgroup/cpu/outer/cpu.cfs_period_us", "50000\n");
    tree_file("/sys/fs/cgroup/cpu/outer/inner/cpu.cfs_quota_us", "-1\n");
    tree_file("/sys/fs/cgroup/cpu/outer/inner/cpu.cfs_period_us", "100000\n");
    find();
    CHECK_TEXT("/sys/fs/cgroup/memory/outer/inner", folder_of(SVM_CGROUP_MEMORY));
    CHECK_NUMBER(expected, limit());
    // No swap accounting here: memory's own limit is what there is.
    CHECK_NUMBER(expected, svm_cgroups_memory_and_swap_limit(&groups, HOST_MEMORY));
    CHECK_NUMBER(4, processors());
    tree_remove();
}

// The limiting parent is not visible, but the kernel tells its limit.
static void v1_hidden_parent(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "4:memory:/kube/pod/main\n");
    tree_file("/proc/self/mountinfo", V1_MOUNT("/kube/pod/main", "/sys/fs/cgroup/memory", "rw", "memory"));
    tree_file("/sys/fs/cgroup/memory/memory.limit_in_bytes", V1_UNLIMITED);
    tree_file("/sys/fs/cgroup/memory/memory.stat", "rss 1\nhierarchical_memory_limit 134217728\n");
    find();
    CHECK_NUMBER(128 * MB, limit());
    CHECK_NUMBER(SVM_CGROUP_NONE, groups.controllers[SVM_CGROUP_CPU].version);
    CHECK_NUMBER(HOST_PROCESSORS, processors());
    tree_remove();
}

// The host's tree is mounted without a namespace, but the path in it begins at another place than the mount says.
static void v1_shorter_endings_of_the_path(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "4:memory:/docker/xyz/ecs/task\n");
    tree_file("/proc/self/mountinfo", V1_MOUNT("/elsewhere", "/sys/fs/cgroup/memory", "rw", "memory"));
    tree_file("/sys/fs/cgroup/memory/ecs/task/memory.limit_in_bytes", "134217728\n");
    find();
    CHECK_TEXT("/sys/fs/cgroup/memory/ecs/task", folder_of(SVM_CGROUP_MEMORY));
    CHECK_NUMBER(128 * MB, limit());
    tree_remove();
}

// The kernel writes special characters of paths in octal, and a path may hold colons.
static void v1_odd_names(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "4:memory:/a:b c\n");
    tree_file("/proc/self/mountinfo", V1_MOUNT("/", "/sys/fs/cgroup/my\\040memory\\134x", "rw", "memory"));
    tree_file("/sys/fs/cgroup/my memory\\x/a:b c/memory.limit_in_bytes", "134217728\n");
    find();
    CHECK_NUMBER(128 * MB, limit());
    tree_remove();
}

// ----- both

// systemd's hybrid: version 2 is mounted, but only for processes; the controllers are of version 1.
static void hybrid_with_controllers_in_v1(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "4:memory:/app\n1:name=systemd:/app\n0::/app\n");
    tree_file("/proc/self/mountinfo", "38 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
              V1_MOUNT("/", "/sys/fs/cgroup/memory", "rw", "memory"));
    tree_file("/sys/fs/cgroup/unified/app/cpu.stat", "usage_usec 1\n");
    tree_file("/sys/fs/cgroup/memory/app/memory.limit_in_bytes", "134217728\n");
    find();
    CHECK_NUMBER(SVM_CGROUP_V1, groups.controllers[SVM_CGROUP_MEMORY].version);
    CHECK_NUMBER(128 * MB, limit());
    CHECK_NUMBER(HOST_PROCESSORS, processors());
    tree_remove();
}

static void hybrid_with_memory_in_v2(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "3:cpuset:/app\n0::/app\n");
    tree_file("/proc/self/mountinfo", V1_MOUNT("/", "/sys/fs/cgroup/cpuset", "rw", "cpuset")
              "38 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    tree_file("/sys/fs/cgroup/cpuset/app/cpuset.cpus", "0-7\n");
    tree_file("/sys/fs/cgroup/cpuset/app/cpuset.effective_cpus", "2,4\n");
    tree_file("/sys/fs/cgroup/unified/app/memory.max", "134217728\n");
    tree_file("/sys/fs/cgroup/unified/app/cpu.max", "400000 100000\n");
    find();
    CHECK_NUMBER(SVM_CGROUP_V2, groups.controllers[SVM_CGROUP_MEMORY].version);
    CHECK_NUMBER(SVM_CGROUP_V1, groups.controllers[SVM_CGROUP_CPUSET].version);
    CHECK_NUMBER(128 * MB, limit());
    CHECK_NUMBER(2, processors());
    tree_remove();
}

// ----- nothing, or rubbish

static void no_groups_at_all(void) {
    tree_new();
    find();
    CHECK_NUMBER(SVM_CGROUP_UNKNOWN, limit());
    CHECK_NUMBER(SVM_CGROUP_UNKNOWN, svm_cgroups_memory_and_swap_limit(&groups, HOST_MEMORY));
    CHECK_NUMBER(SVM_CGROUP_UNKNOWN, svm_cgroups_rss(&groups));
    CHECK_NUMBER(HOST_PROCESSORS, processors());
    CHECK(!containerized());
    tree_remove();
}

static void malformed_files(void) {
    tree_new();
    tree_file("/proc/self/cgroup", "\n:\n::\nx\n0:\n0::relative\n0::/\n");
    tree_file("/proc/self/mountinfo", "\n - \n1 2 3 - cgroup2\n1 2 3 / /x rw - cgroup2 y\n" V2_MOUNT("/", "rw") " - ");
    tree_file("/sys/fs/cgroup/memory.max", "\n");
    tree_file("/sys/fs/cgroup/cpu.max", "100000\n");
    find();
    CHECK_NUMBER(SVM_CGROUP_V2, groups.controllers[SVM_CGROUP_MEMORY].version);
    CHECK_NUMBER(SVM_CGROUP_UNKNOWN, limit());
    CHECK_NUMBER(HOST_PROCESSORS, processors());
    tree_remove();
}

// A mount with hundreds of layers makes a line longer than any buffer; the lines around it must not suffer.
static void a_very_long_line(void) {
    static char text[20000];
    tree_new();
    char *const layers = text + sprintf(text, "22 1 0:5 / / rw - overlay overlay rw,lowerdir=");
    memset(layers, 'l', 12000);
    strcpy(layers + 12000, "\n" V2_MOUNT("/", "rw"));
    tree_file("/proc/self/cgroup", "0::/\n");
    tree_file("/proc/self/mountinfo", text);
    tree_file("/sys/fs/cgroup/memory.max", "134217728\n");
    find();
    CHECK_NUMBER(128 * MB, limit());
    tree_remove();
}

static void a_path_longer_than_the_system_allows(void) {
    static char text[6000];
    tree_new();
    strcpy(text, "0::");
    for (int i = 0; i < 500; i++) {
        strcat(text, "/abcdefg");
    }
    strcat(text, "\n");
    tree_file("/proc/self/cgroup", text);
    tree_file("/proc/self/mountinfo", V2_MOUNT("/", "rw"));
    tree_file("/sys/fs/cgroup/memory.max", "134217728\n");
    find();
    CHECK_TEXT("/sys/fs/cgroup", folder_of(SVM_CGROUP_MEMORY));
    CHECK_NUMBER(128 * MB, limit());
    tree_remove();
}

static void processor_lists(void) {
    CHECK_NUMBER(5, svm_count_processor_list("0-3,7\n"));
    CHECK_NUMBER(1, svm_count_processor_list("0"));
    CHECK_NUMBER(4, svm_count_processor_list("0,2,4,6\n"));
    CHECK_NUMBER(-1, svm_count_processor_list("\n"));
    CHECK_NUMBER(-1, svm_count_processor_list(""));
    CHECK_NUMBER(-1, svm_count_processor_list("3-1"));
    CHECK_NUMBER(-1, svm_count_processor_list("1-"));
    CHECK_NUMBER(-1, svm_count_processor_list("0-3 x"));
    CHECK_NUMBER(-1, svm_count_processor_list("0-99999999999999999999"));
}

static void amounts(void) {
    int64_t amount = 0;
    CHECK(svm_parse_amount("max\n", &amount, NULL));
    CHECK_NUMBER(SVM_CGROUP_UNLIMITED, amount);
    CHECK(svm_parse_amount("-1\n", &amount, NULL));
    CHECK_NUMBER(SVM_CGROUP_UNLIMITED, amount);
    CHECK(svm_parse_amount("9223372036854775807", &amount, NULL));
    CHECK_NUMBER(INT64_MAX, amount);
    CHECK(svm_parse_amount("9223372036854775808", &amount, NULL));
    CHECK_NUMBER(INT64_MAX, amount);
    CHECK(!svm_parse_amount("", &amount, NULL));
    CHECK(!svm_parse_amount("x", &amount, NULL));
}

int main(void) {
    v2_in_a_container_with_its_own_namespace();
    v2_without_limits();
    v2_limits_of_the_parents();
    v2_extremes();
    v2_mount_shows_a_part();
    v2_outside_its_namespace();
    the_hosts_tree_beside_its_own();
    v1_docker_without_namespace();
    v1_without_limits();
    v1_nested("1\n", 256 * MB);
    v1_nested("0\n", 512 * MB);
    v1_hidden_parent();
    v1_shorter_endings_of_the_path();
    v1_odd_names();
    hybrid_with_controllers_in_v1();
    hybrid_with_memory_in_v2();
    no_groups_at_all();
    malformed_files();
    a_very_long_line();
    a_path_longer_than_the_system_allows();
    processor_lists();
    amounts();
    return report("container");
}
