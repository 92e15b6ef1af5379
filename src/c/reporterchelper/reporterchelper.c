// SPDX-License-Identifier: Apache-2.0
// The two things of the operating system that the builder's progress report shows,
// for com.oracle.svm.hosted.ProgressReporterCHelper. This library is loaded by the builder, not by what it builds.
#include <jni.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { UNKNOWN = -1, BYTES_PER_KILOBYTE = 1024 };

JNIEXPORT jlong JNICALL Java_com_oracle_svm_hosted_ProgressReporterCHelper_getPeakRSS0(JNIEnv *env, jclass type) {
    (void) env;
    (void) type;
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (jlong) usage.ru_maxrss * BYTES_PER_KILOBYTE : UNKNOWN;
}

JNIEXPORT jint JNICALL Java_com_oracle_svm_hosted_ProgressReporterCHelper_getTerminalWindowColumns0(JNIEnv *env,
                                                                                                   jclass type) {
    (void) env;
    (void) type;
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? (jint) size.ws_col : UNKNOWN;
}
