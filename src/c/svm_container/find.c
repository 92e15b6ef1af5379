// SPDX-License-Identifier: Apache-2.0
// Where the control groups of this process are: cgroups(7), proc_pid_cgroup(5), proc_pid_mountinfo(5).
#define _GNU_SOURCE
#include <string.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "text.h"

#define USUAL_PLACE "/sys/fs/cgroup"

static const char *const controller_names[SVM_CGROUP_CONTROLLERS] = {"memory", "cpu", "cpuset"};

// ----- /proc/self/cgroup: which group the process is in

static bool list_has(const char *list, const char *name) {
    const size_t length = strlen(name);
    for (const char *item = list; item != NULL; item = strchr(item, ',')) {
        item += *item == ',';
        if (strncmp(item, name, length) == 0 && (item[length] == ',' || item[length] == '\0')) {
            return true;
        }
    }
    return false;
}

// "4:memory:/path", "3:cpu,cpuacct:/path" or, of version 2, "0::/path". The path may hold colons.
static void note_process_path(svm_cgroups *groups, char *line) {
    char *const list = strchr(line, ':');
    char *const path = list != NULL ? strchr(list + 1, ':') : NULL;
    if (path == NULL || path[1] != '/') {
        return;
    }
    *path = '\0';
    if (list[1] == '\0') {
        svm_join(groups->unified_path, sizeof groups->unified_path, path + 1, "", "");
        return;
    }
    for (int i = 0; i < SVM_CGROUP_CONTROLLERS; i++) {
        svm_cgroup *const group = &groups->controllers[i];
        if (list_has(list + 1, controller_names[i])) {
            svm_join(group->process_path, sizeof group->process_path, path + 1, "", "");
        }
    }
}

static void read_process_paths(svm_cgroups *groups, const char *root) {
    char path[PATH_MAX];
    svm_lines lines;
    if (!svm_join(path, sizeof path, root, "/proc/self/cgroup", "") || !svm_lines_open(&lines, path)) {
        return;
    }
    for (char *line; (line = svm_lines_next(&lines)) != NULL;) {
        note_process_path(groups, line);
    }
    svm_lines_close(&lines);
}

// ----- /proc/self/mountinfo: where groups can be seen

typedef struct {
    svm_cgroup_version version;
    bool read_only;
    char *root;        // the group that is mounted, in the words of /proc/self/cgroup
    char *point;       // the folder it is mounted on
    const char *controllers; // of version 1: the options of the file system name them
} mount;

// The kernel writes space, tab, newline and backslash as \040 and so on.
static void decode_octal(char *text) {
    char *target = text;
    for (const char *source = text; *source != '\0'; target++) {
        if (source[0] == '\\' && source[1] >= '0' && source[1] <= '3' && source[2] >= '0' && source[2] <= '7' &&
            source[3] >= '0' && source[3] <= '7') {
            *target = (char) ((source[1] - '0') * 64 + (source[2] - '0') * 8 + (source[3] - '0'));
            source += 4;
        } else {
            *target = *source++;
        }
    }
    *target = '\0';
}

// id parent device root point options [optional...] - type source options
static bool parse_mount(char *line, mount *parsed) {
    char *const separator = strstr(line, " - ");
    if (separator == NULL) {
        return false;
    }
    *separator = '\0';
    char *rest = line;
    for (int i = 0; i < 3; i++) {
        strsep(&rest, " ");
    }
    parsed->root = strsep(&rest, " ");
    parsed->point = strsep(&rest, " ");
    const char *const options = strsep(&rest, " ");
    char *after = separator + strlen(" - ");
    const char *const type = strsep(&after, " ");
    strsep(&after, " ");
    if (options == NULL || after == NULL) {
        return false;
    }
    parsed->read_only = list_has(options, "ro");
    parsed->controllers = after;
    parsed->version = strcmp(type, "cgroup2") == 0  ? SVM_CGROUP_V2
                      : strcmp(type, "cgroup") == 0 ? SVM_CGROUP_V1
                                                    : SVM_CGROUP_NONE;
    decode_octal(parsed->root);
    decode_octal(parsed->point);
    return parsed->version != SVM_CGROUP_NONE;
}

static bool goes_up(const char *path) {
    const size_t length = strlen(path);
    return strstr(path, "/../") != NULL || (length >= 3 && strcmp(path + length - 3, "/..") == 0);
}

// Lower is better. A controller belongs to one version at a time, and a mount of version 1 that names it settles
// that. Among several mounts, one that begins above the process's own namespace ("/..") or lies in an unusual
// place (the host's tree shown to a monitoring container) comes last.
static int rank(const mount *candidate) {
    const bool usual = strncmp(candidate->point, USUAL_PLACE, strlen(USUAL_PLACE)) == 0;
    return 1 + (candidate->version == SVM_CGROUP_V2 ? 4 : 0) + (goes_up(candidate->root) ? 2 : 0) + (usual ? 0 : 1);
}

// ----- from mount and group to folder

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

// What of `process_path` lies below the mounted group: all of it when the mount shows the whole hierarchy.
static const char *below_mount(const char *process_path, const char *mount_root) {
    const size_t length = strcmp(mount_root, "/") == 0 ? 0 : strlen(mount_root);
    const bool inside = strncmp(process_path, mount_root, length) == 0 &&
                        (process_path[length] == '/' || process_path[length] == '\0');
    return inside ? process_path + length : process_path;
}

// The group's folder below the mount point that `group->path` holds. Where the path's beginning is not to be seen
// (a namespace, or a tree that the host mounted), try ever shorter endings of it; in the end it is the mount point.
static void descend(svm_cgroup *group, const char *below) {
    char *const end = group->path + group->mount_length;
    const size_t room = sizeof group->path - group->mount_length;
    while (below != NULL && below[0] == '/' && below[1] != '\0') {
        if (svm_join(end, room, below, "", "") && is_folder(group->path)) {
            return;
        }
        below = strchr(below + 1, '/');
    }
    *end = '\0';
}

static void use_mount(svm_cgroup *group, const mount *chosen, const char *process_path, const char *root) {
    group->version = SVM_CGROUP_NONE;
    if (!svm_join(group->path, sizeof group->path, root, chosen->point, "")) {
        return;
    }
    group->version = chosen->version;
    group->read_only = chosen->read_only;
    group->mount_rank = rank(chosen);
    group->mount_length = strlen(group->path);
    // A group above the namespace of the process ("/../x") is not below any mount that it can see.
    const char *const below = below_mount(process_path, chosen->root);
    descend(group, goes_up(below) ? NULL : below);
}

static void offer_mount(svm_cgroups *groups, const mount *offered, const char *root) {
    for (int i = 0; i < SVM_CGROUP_CONTROLLERS; i++) {
        svm_cgroup *const group = &groups->controllers[i];
        const bool fits = offered->version == SVM_CGROUP_V2 || list_has(offered->controllers, controller_names[i]);
        const char *const path = offered->version == SVM_CGROUP_V2 ? groups->unified_path : group->process_path;
        if (fits && path[0] != '\0' && (group->version == SVM_CGROUP_NONE || rank(offered) < group->mount_rank)) {
            use_mount(group, offered, path, root);
        }
    }
}

void svm_cgroups_find(svm_cgroups *groups, const char *root) {
    memset(groups, 0, sizeof *groups);
    read_process_paths(groups, root);
    char path[PATH_MAX];
    svm_lines lines;
    if (!svm_join(path, sizeof path, root, "/proc/self/mountinfo", "") || !svm_lines_open(&lines, path)) {
        return;
    }
    for (char *line; (line = svm_lines_next(&lines)) != NULL;) {
        mount candidate;
        if (parse_mount(line, &candidate)) {
            offer_mount(groups, &candidate, root);
        }
    }
    svm_lines_close(&lines);
}
