// SPDX-License-Identifier: Apache-2.0
// Every function of liblibchelper.a but the processor checks (cpu_entry.h). The parameter and result types
// follow from the builder's @CFunction declarations; a Java boolean is an int of 0 or 1 here.
#ifndef SVM_CHELPER_H
#define SVM_CHELPER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "svm_locale.h"

typedef void (*svm_signal_handler)(int);

// com.oracle.svm.core.LibCHelper
char **getEnviron(void);
char *SVM_FindJavaTZmd(const char *mappings, int length);

// com.oracle.svm.core.posix.linux.LinuxLibCHelper
int getThreadId(void);
int64_t getThreadUserTimeSlow(int thread_id);
void *mremapP(void *old_address, size_t old_size, size_t new_size, int flags, void *new_address);

// com.oracle.svm.core.CodeSynchronizationOperations
void codeSynchronization_clearCache(int64_t code_start, int64_t code_size);

// com.oracle.svm.core.posix.headers.Fcntl and com.oracle.svm.core.posix.thread.PosixVMThreads
int openSII(const char *path, int flags, int mode);
int openatISII(int folder, const char *path, int flags, int mode);
int fprintfSD(FILE *stream, const char *format, const char *text, int number);

// com.oracle.svm.core.c.locale.LocaleCHelper
int svm_initialize_locale(void);
const svm_locale_props_t *svm_get_locale(void);

// com.oracle.svm.core.posix.headers.CSunMiscSignal
int cSunMiscSignal_open(void);
int cSunMiscSignal_close(void);
int cSunMiscSignal_awaitSemaphore(void);
int cSunMiscSignal_signalSemaphore(void);
int cSunMiscSignal_signalRangeCheck(int signal_number);
int cSunMiscSignal_checkPendingSignal(void);
svm_signal_handler cSunMiscSignal_signalHandlerFunctionPointer(void);

// com.oracle.svm.core.posix.attach.AttachHelper
void svm_attach_startup(const char *socket_path);
void svm_attach_listener_cleanup(int listener, const char *socket_path);
int svm_attach_check_socket_file(const char *socket_path);
int svm_attach_is_init_trigger(const char *trigger_path);
int svm_attach_create_listener(const char *socket_path);
int svm_attach_wait_for_request(int listener);
void svm_attach_shutdown_socket(int socket_fd);

#endif
