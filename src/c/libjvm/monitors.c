// SPDX-License-Identifier: Apache-2.0
// Raw monitors: recursive locks for the JDK's native libraries, without the waiting of Java's monitors.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

#include "jvm.h"

static int init_recursive(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;
    int error = pthread_mutexattr_init(&attributes);
    if (error != 0) {
        return error;
    }
    error = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    if (error == 0) {
        error = pthread_mutex_init(mutex, &attributes);
    }
    pthread_mutexattr_destroy(&attributes);
    return error;
}

// NULL when there is no memory for it.
void *JVM_RawMonitorCreate(void) {
    pthread_mutex_t *const mutex = malloc(sizeof *mutex);
    if (mutex != NULL && init_recursive(mutex) != 0) {
        free(mutex);
        return NULL;
    }
    return mutex;
}

void JVM_RawMonitorDestroy(void *monitor) {
    if (monitor != NULL) {
        pthread_mutex_destroy(monitor);
        free(monitor);
    }
}

jint JVM_RawMonitorEnter(void *monitor) {
    return pthread_mutex_lock(monitor);
}

// The caller owns the monitor by contract; going on after a failed unlock would only hide a broken lock.
void JVM_RawMonitorExit(void *monitor) {
    if (pthread_mutex_unlock(monitor) != 0) {
        abort();
    }
}
