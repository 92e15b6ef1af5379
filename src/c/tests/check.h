// SPDX-License-Identifier: Apache-2.0
// The few things that the test programs share: checks that go on after a failure, and trees of files.
#ifndef SVM_CHECK_H
#define SVM_CHECK_H

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int checks, failures;

#define CHECK_NUMBER(expected, actual) check_number(__LINE__, #actual, (long long) (expected), (long long) (actual))
#define CHECK(condition) check_number(__LINE__, #condition, 1, (condition) ? 1 : 0)
#define CHECK_TEXT(expected, actual) check_text(__LINE__, #actual, (expected), (actual))

static inline void check_number(int line, const char *what, long long expected, long long actual) {
    checks++;
    if (expected != actual) {
        failures++;
        printf("line %d: %s is %lld, expected %lld\n", line, what, actual, expected);
    }
}

// NULL is a value like any other.
static inline void check_text(int line, const char *what, const char *expected, const char *actual) {
    checks++;
    const char *const shown = actual != NULL ? actual : "(NULL)";
    if (strcmp(expected != NULL ? expected : "(NULL)", shown) != 0) {
        failures++;
        printf("line %d: %s is %s, expected %s\n", line, what, shown, expected != NULL ? expected : "(NULL)");
    }
}

static inline int report(const char *name) {
    printf("%s: %d checks, %d failed\n", name, checks, failures);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static inline _Noreturn void give_up(const char *what) {
    perror(what);
    exit(EXIT_FAILURE);
}

// ----- trees: paths are relative to `tree_root`

static char tree_root[PATH_MAX];

static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *position) {
    (void) status;
    (void) type;
    (void) position;
    return remove(path);
}

static inline void tree_remove(void) {
    nftw(tree_root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void tree_new(void) {
    const char *const folder = getenv("TMPDIR");
    snprintf(tree_root, sizeof tree_root, "%s/svm-test-XXXXXX", folder != NULL ? folder : "/tmp");
    if (mkdtemp(tree_root) == NULL) {
        give_up(tree_root);
    }
}

static inline const char *tree_path(const char *path) {
    static char joined[2 * PATH_MAX];
    snprintf(joined, sizeof joined, "%s%s", tree_root, path);
    return joined;
}

static inline void make_parents(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            give_up(path);
        }
        *slash = '/';
    }
}

static inline void tree_file(const char *path, const char *content) {
    char full[2 * PATH_MAX];
    snprintf(full, sizeof full, "%s", tree_path(path));
    make_parents(full);
    FILE *const file = fopen(full, "we");
    if (file == NULL || fputs(content, file) == EOF || fclose(file) != 0) {
        give_up(full);
    }
}

static inline void tree_link(const char *path, const char *target) {
    char full[2 * PATH_MAX];
    snprintf(full, sizeof full, "%s", tree_path(path));
    make_parents(full);
    if (symlink(target, full) != 0) {
        give_up(full);
    }
}

#endif
