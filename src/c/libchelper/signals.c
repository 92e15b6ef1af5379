// SPDX-License-Identifier: Apache-2.0
// The bridge from POSIX signals to jdk.internal.misc.Signal, for com.oracle.svm.core.posix.headers.CSunMiscSignal:
// a handler counts the signal and posts a semaphore, the "Signal Dispatcher" thread waits and takes a count.
#define _GNU_SOURCE
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "chelper.h"

enum { STATUS_OK = 0, STATUS_IN_USE = 1, STATUS_FAILED = -1 };

// One mechanism for the whole process, whichever isolate owns it. Ints, since not every machine has smaller atomics.
static atomic_int in_use;
static atomic_int semaphore_ready;
static atomic_uint pending[NSIG];
static sem_t wake_up;

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler may only touch lock-free atomics");

static bool in_range(int signal_number) {
    return signal_number >= 0 && signal_number < NSIG;
}

// Async-signal-safe: a lock-free increment and sem_post, with the interrupted code's errno put back.
static void count_signal(int signal_number) {
    const int saved_errno = errno;
    if (in_range(signal_number)) {
        atomic_fetch_add(&pending[signal_number], 1);
        sem_post(&wake_up);
    }
    errno = saved_errno;
}

static void forget_pending(void) {
    for (int i = 0; i < NSIG; i++) {
        atomic_store(&pending[i], 0);
    }
    while (sem_trywait(&wake_up) == 0 || errno == EINTR) {
    }
}

// 0 when the caller owns the mechanism now, 1 when another isolate does, -1 with errno when it failed.
int cSunMiscSignal_open(void) {
    if (atomic_exchange(&in_use, true)) {
        return STATUS_IN_USE;
    }
    if (!atomic_load(&semaphore_ready)) {
        if (sem_init(&wake_up, 0, 0) != 0) {
            atomic_store(&in_use, false);
            return STATUS_FAILED;
        }
        atomic_store(&semaphore_ready, true);
    }
    forget_pending();
    return STATUS_OK;
}

// The semaphore is never destroyed: a handler that began before its removal may still be about to post.
int cSunMiscSignal_close(void) {
    if (!atomic_exchange(&in_use, false)) {
        errno = EINVAL;
        return STATUS_FAILED;
    }
    return STATUS_OK;
}

int cSunMiscSignal_awaitSemaphore(void) {
    int status;
    do {
        status = sem_wait(&wake_up);
    } while (status != 0 && errno == EINTR);
    return status;
}

// Wakes the dispatcher without a signal, to let it see that it should stop.
int cSunMiscSignal_signalSemaphore(void) {
    return sem_post(&wake_up);
}

int cSunMiscSignal_signalRangeCheck(int signal_number) {
    return in_range(signal_number);
}

static bool take_one(int signal_number) {
    unsigned count = atomic_load(&pending[signal_number]);
    while (count > 0) {
        if (atomic_compare_exchange_weak(&pending[signal_number], &count, count - 1)) {
            return true;
        }
    }
    return false;
}

// The lowest pending signal, taken off its count, or -1 when there is none.
int cSunMiscSignal_checkPendingSignal(void) {
    for (int i = 0; i < NSIG; i++) {
        if (take_one(i)) {
            return i;
        }
    }
    return -1;
}

svm_signal_handler cSunMiscSignal_signalHandlerFunctionPointer(void) {
    return count_signal;
}
