// SPDX-License-Identifier: Apache-2.0
// libjvm: locks, formatted output, processors, clocks, and the death of whoever calls what there is not.
#define _GNU_SOURCE
#include "check.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "../libjvm/jvm.h"

void JVM_GetManagement(void);

static long counter;

static void *count_under_lock(void *monitor) {
    for (int i = 0; i < 100000; i++) {
        JVM_RawMonitorEnter(monitor);
        JVM_RawMonitorEnter(monitor);
        counter++;
        JVM_RawMonitorExit(monitor);
        JVM_RawMonitorExit(monitor);
    }
    return NULL;
}

static void monitors(void) {
    void *const monitor = JVM_RawMonitorCreate();
    pthread_t threads[4];
    CHECK(monitor != NULL);
    for (int i = 0; i < 4; i++) {
        CHECK_NUMBER(0, pthread_create(&threads[i], NULL, count_under_lock, monitor));
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK_NUMBER(400000, counter);
    JVM_RawMonitorDestroy(monitor);
}

static void formatted_output(void) {
    char text[8] = "untouch";
    CHECK_NUMBER(3, jio_snprintf(text, sizeof text, "%d-%s", 1, "a"));
    CHECK_TEXT("1-a", text);
    CHECK_NUMBER(7, jio_snprintf(text, sizeof text, "%s", "1234567"));
    CHECK_NUMBER(-1, jio_snprintf(text, sizeof text, "%s", "12345678"));
    CHECK_TEXT("1234567", text);
    CHECK_NUMBER(-1, jio_snprintf(text, 0, "x"));
    CHECK_NUMBER(-1, jio_snprintf(text, (size_t) -1, "x"));
    CHECK_TEXT("1234567", text);
    FILE *const sink = tmpfile();
    CHECK_NUMBER(2, jio_fprintf(sink, "%d", 42));
    fclose(sink);
}

static void processors(void) {
    cpu_set_t before, one;
    CHECK_NUMBER(0, sched_getaffinity(0, sizeof before, &before));
    CHECK_NUMBER(CPU_COUNT(&before), JVM_ActiveProcessorCount());
    CPU_ZERO(&one);
    for (int i = 0; CPU_COUNT(&one) == 0; i++) {
        if (CPU_ISSET(i, &before)) {
            CPU_SET(i, &one);
        }
    }
    CHECK_NUMBER(0, sched_setaffinity(0, sizeof one, &one));
    CHECK_NUMBER(1, JVM_ActiveProcessorCount());
    CHECK_NUMBER(0, sched_setaffinity(0, sizeof before, &before));
}

static void clocks(void) {
    const jlong start = JVM_NanoTime(NULL, NULL);
    nanosleep(&(struct timespec) {.tv_nsec = 20000000}, NULL);
    const jlong passed = JVM_NanoTime(NULL, NULL) - start;
    CHECK(passed >= 20000000 && passed < 20000000000);
    CHECK(llabs(JVM_CurrentTimeMillis(NULL, NULL) / 1000 - time(NULL)) <= 1);
}

static int status_of_child(void (*action)(void)) {
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        action();
        _exit(99);
    }
    int status = 0;
    CHECK_NUMBER(child, waitpid(child, &status, 0));
    return status;
}

static void halt(void) {
    JVM_BeforeHalt();
    JVM_Halt(7);
}

static void ends(void) {
    const int halted = status_of_child(halt);
    CHECK(WIFEXITED(halted));
    CHECK_NUMBER(7, WEXITSTATUS(halted));
    const int aborted = status_of_child(JVM_GetManagement);
    CHECK(WIFSIGNALED(aborted));
    CHECK_NUMBER(SIGABRT, WTERMSIG(aborted));
}

int main(void) {
    initialize();
    monitors();
    formatted_output();
    processors();
    clocks();
    ends();
    CHECK(JVM_FindLibraryEntry(RTLD_DEFAULT, "malloc") != NULL);
    CHECK(JVM_FindLibraryEntry(RTLD_DEFAULT, "no_such_function") == NULL);
    char path[] = "/a/b";
    CHECK(JVM_NativePath(path) == path);
    return report("jvm");
}
