// SPDX-License-Identifier: Apache-2.0
// Process, processors, clocks and libraries.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

#include "jvm.h"
#include "svm_processors.h"

// Called once by the first isolate. Nothing here has state of its own.
void initialize(void) {
}

jint JVM_ActiveProcessorCount(void) {
    return svm_available_processors();
}

void JVM_BeforeHalt(void) {
}

// Runtime.halt promises that nothing else runs, so no exit handlers.
_Noreturn void JVM_Halt(jint code) {
    _exit(code);
}

void *JVM_FindLibraryEntry(void *handle, const char *name) {
    return dlsym(handle, name);
}

static jlong read_clock(clockid_t clock, jlong units_per_second) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        return 0;
    }
    return now.tv_sec * units_per_second + now.tv_nsec / (1000000000 / units_per_second);
}

jlong JVM_NanoTime(JNIEnv *env, jclass ignored) {
    (void) env;
    (void) ignored;
    return read_clock(CLOCK_MONOTONIC, 1000000000);
}

jlong JVM_CurrentTimeMillis(JNIEnv *env, jclass ignored) {
    (void) env;
    (void) ignored;
    return read_clock(CLOCK_REALTIME, 1000);
}

// Paths need no conversion here; Windows has its own separators.
char *JVM_NativePath(char *path) {
    return path;
}

// Where the attach mechanism puts its socket. Fixed: the tools look nowhere else, whatever TMPDIR says.
jstring JVM_GetTemporaryDirectory(JNIEnv *env) {
    return (*env)->NewStringUTF(env, "/tmp");
}
