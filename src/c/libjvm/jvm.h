// SPDX-License-Identifier: Apache-2.0
// The functions of libjvm that the JDK's native libraries (and com.oracle.svm.core.jdk.Jvm) call and that mean
// something in a native executable. The rest are in unreachable.c.
#ifndef SVM_JVM_H
#define SVM_JVM_H

#include <jni.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

// com.oracle.svm.core.jdk.Jvm
void initialize(void);
jint JVM_ActiveProcessorCount(void);

void JVM_BeforeHalt(void);
_Noreturn void JVM_Halt(jint code);
void *JVM_FindLibraryEntry(void *handle, const char *name);
jlong JVM_NanoTime(JNIEnv *env, jclass ignored);
jlong JVM_CurrentTimeMillis(JNIEnv *env, jclass ignored);
char *JVM_NativePath(char *path);
jstring JVM_GetTemporaryDirectory(JNIEnv *env);

void *JVM_RawMonitorCreate(void);
void JVM_RawMonitorDestroy(void *monitor);
jint JVM_RawMonitorEnter(void *monitor);
void JVM_RawMonitorExit(void *monitor);

int jio_vsnprintf(char *target, size_t size, const char *format, va_list arguments);
int jio_snprintf(char *target, size_t size, const char *format, ...);
int jio_vfprintf(FILE *stream, const char *format, va_list arguments);
int jio_fprintf(FILE *stream, const char *format, ...);

#endif
