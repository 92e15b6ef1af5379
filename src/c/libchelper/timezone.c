// SPDX-License-Identifier: Apache-2.0
// The name of the system's time zone, for java.util.TimeZone through com.oracle.svm.core.LibCHelper.
// In this order: TZ; where the link /etc/localtime leads; when that is a file, the zone whose file has the same
// bytes, of which /etc/timezone may choose one; /etc/timezone alone.
#define _GNU_SOURCE
#include "timezone.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chelper.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_MARK "zoneinfo/"

// The largest file of the database is below 4 KiB; more than this is not a zone.
enum { ZONE_FILE_LIMIT = 64 * 1024, ZONE_NAME_SIZE = 256, ZONE_DEPTH_LIMIT = 4 };

typedef struct {
    unsigned char *bytes;
    size_t length;
} content;

// ----- names

// "…/zoneinfo/Europe/Berlin" is Europe/Berlin. The folders posix and right hold the same zones again.
static const char *name_after_mark(const char *path) {
    const char *name = strstr(path, ZONE_MARK);
    if (name == NULL) {
        return NULL;
    }
    name += strlen(ZONE_MARK);
    if (strncmp(name, "posix/", 6) == 0 || strncmp(name, "right/", 6) == 0) {
        name += 6;
    }
    return *name != '\0' ? name : NULL;
}

static bool is_zone_name(const char *name) {
    const size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");
    return length > 0 && name[length] == '\0' && name[0] != '/';
}

static bool join(char *target, size_t size, const char *root, const char *folder, const char *name) {
    const int length = snprintf(target, size, "%s%s%s%s", root, folder, name[0] != '\0' ? "/" : "", name);
    return length > 0 && (size_t) length < size;
}

// ----- files

static bool read_fully(int fd, content *into) {
    size_t done = 0;
    while (done < into->length) {
        const ssize_t count = read(fd, into->bytes + done, into->length - done);
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return false;
        }
        done += count > 0 ? (size_t) count : 0;
    }
    return true;
}

// The bytes of a regular file of exactly `wanted` bytes (0: of any size up to the limit); to be freed.
static bool load_file(const char *path, size_t wanted, content *loaded) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    struct stat status;
    bool ok = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
              status.st_size <= ZONE_FILE_LIMIT && (wanted == 0 || (size_t) status.st_size == wanted);
    if (ok) {
        loaded->length = (size_t) status.st_size;
        loaded->bytes = malloc(loaded->length);
        ok = loaded->bytes != NULL && read_fully(fd, loaded);
        if (!ok) {
            free(loaded->bytes);
        }
    }
    close(fd);
    return ok;
}

static bool file_equals(const char *path, const content *expected) {
    content found;
    if (!load_file(path, expected->length, &found)) {
        return false;
    }
    const bool equal = memcmp(found.bytes, expected->bytes, expected->length) == 0;
    free(found.bytes);
    return equal;
}

// ----- the search through the database

// Copies and links that are not names of zones: the default of POSIX rules, and the system's own choice.
static bool is_skipped(const char *entry) {
    return entry[0] == '.' || strcmp(entry, "posix") == 0 || strcmp(entry, "right") == 0 ||
           strcmp(entry, "posixrules") == 0 || strcmp(entry, "localtime") == 0;
}

// Many zones have aliases with the same bytes. Prefer UTC, then a region's name, then the first in order,
// so that the answer does not depend on the order of the folder.
static int preference(const char *name) {
    if (strcmp(name, "UTC") == 0) {
        return 0;
    }
    return strchr(name, '/') != NULL && strncmp(name, "Etc/", 4) != 0 ? 1 : 2;
}

static bool is_better(const char *candidate, const char *best) {
    if (best[0] == '\0' || preference(candidate) != preference(best)) {
        return best[0] == '\0' || preference(candidate) < preference(best);
    }
    return strcmp(candidate, best) < 0;
}

static void search_folder(const char *base, const char *below, const content *wanted, char *best, int depth);

static void consider(const char *base, const char *name, const content *wanted, char *best, int depth) {
    char path[PATH_MAX];
    struct stat status;
    if (!join(path, sizeof path, base, "", name) || stat(path, &status) != 0) {
        return;
    }
    if (S_ISDIR(status.st_mode)) {
        search_folder(base, name, wanted, best, depth + 1);
    } else if (S_ISREG(status.st_mode) && is_zone_name(name) && is_better(name, best) &&
               file_equals(path, wanted)) {
        memcpy(best, name, strlen(name) + 1);
    }
}

// `best` has ZONE_NAME_SIZE bytes and holds the best match so far, or "".
static void search_folder(const char *base, const char *below, const content *wanted, char *best, int depth) {
    char path[PATH_MAX];
    if (depth > ZONE_DEPTH_LIMIT || !join(path, sizeof path, base, "", below)) {
        return;
    }
    DIR *const folder = opendir(path);
    if (folder == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char name[ZONE_NAME_SIZE];
        const int length = snprintf(name, sizeof name, "%s%s%s", below, below[0] != '\0' ? "/" : "", entry->d_name);
        if (!is_skipped(entry->d_name) && length > 0 && (size_t) length < sizeof name) {
            consider(base, name, wanted, best, depth);
        }
    }
    closedir(folder);
}

// ----- the three places

// The first line of /etc/timezone (Debian's habit), when it is a name.
static bool read_timezone_file(const char *root, char name[ZONE_NAME_SIZE]) {
    char path[PATH_MAX];
    content file;
    if (!join(path, sizeof path, root, "/etc/timezone", "") || !load_file(path, 0, &file)) {
        return false;
    }
    size_t length = 0;
    while (length < file.length && strchr(" \t\r\n", file.bytes[length]) == NULL && file.bytes[length] != '\0') {
        length++;
    }
    const bool fits = length < ZONE_NAME_SIZE;
    if (fits) {
        memcpy(name, file.bytes, length);
        name[length] = '\0';
    }
    free(file.bytes);
    return fits && is_zone_name(name);
}

static char *name_of_link(const char *localtime) {
    char target[PATH_MAX];
    const ssize_t length = readlink(localtime, target, sizeof target - 1);
    if (length <= 0) {
        return NULL;
    }
    target[length] = '\0';
    const char *const name = name_after_mark(target);
    return name != NULL && is_zone_name(name) ? strdup(name) : NULL;
}

// A link that leads to another link is followed to its end.
static char *name_of_real_path(const char *localtime) {
    char *const target = realpath(localtime, NULL);
    if (target == NULL) {
        return NULL;
    }
    const char *const name = name_after_mark(target);
    char *const copy = name != NULL && is_zone_name(name) ? strdup(name) : NULL;
    free(target);
    return copy;
}

static char *name_of_content(const char *root, const content *localtime) {
    char base[PATH_MAX], path[PATH_MAX], name[ZONE_NAME_SIZE] = "";
    if (!join(base, sizeof base, root, ZONE_FOLDER, "")) {
        return NULL;
    }
    if (read_timezone_file(root, name) && join(path, sizeof path, base, "", name) && file_equals(path, localtime)) {
        return strdup(name);
    }
    name[0] = '\0';
    search_folder(base, "", localtime, name, 0);
    return name[0] != '\0' ? strdup(name) : NULL;
}

static char *name_of_localtime(const char *root) {
    char path[PATH_MAX];
    if (!join(path, sizeof path, root, "/etc/localtime", "")) {
        return NULL;
    }
    char *name = name_of_link(path);
    if (name == NULL) {
        name = name_of_real_path(path);
    }
    content file;
    if (name == NULL && load_file(path, 0, &file)) {
        name = name_of_content(root, &file);
        free(file.bytes);
    }
    return name;
}

// A name, ":name", the path of a zone's file, or a rule such as EST5EDT, which Java knows or refuses itself.
static char *name_of_variable(const char *tz) {
    if (tz[0] == ':') {
        tz++;
    }
    const char *const after_mark = tz[0] == '/' ? name_after_mark(tz) : NULL;
    if (after_mark != NULL) {
        tz = after_mark;
    } else if (strncmp(tz, "posix/", 6) == 0 || strncmp(tz, "right/", 6) == 0) {
        tz += 6;
    }
    return strdup(tz);
}

char *svm_find_time_zone(const char *root, const char *tz) {
    if (tz != NULL && tz[0] == ':' && tz[1] == '\0') {
        tz = NULL;
    }
    if (tz != NULL && tz[0] != '\0' && strcmp(tz + (tz[0] == ':'), "/etc/localtime") != 0) {
        return name_of_variable(tz);
    }
    char *const name = name_of_localtime(root);
    char fallback[ZONE_NAME_SIZE];
    return name == NULL && read_timezone_file(root, fallback) ? strdup(fallback) : name;
}

// The mappings are for Windows, where zones have other names. The caller frees the result.
char *SVM_FindJavaTZmd(const char *mappings, int length) {
    (void) mappings;
    (void) length;
    return svm_find_time_zone("", getenv("TZ"));
}
