// SPDX-License-Identifier: Apache-2.0
// Whether this machine can run the executable, for {AMD64,AArch64,RISCV64}LibCHelper of com.oracle.svm.core. This runs before
// the isolate exists: no Java heap, no locks.
#include <stdio.h>
#include <stdlib.h>

#include "cpu.h"

enum { MASK_MET = 0xFF };

// A feature byte is 0 or 1, so this is 0xFF exactly when the feature is there or not asked for.
static int is_met(unsigned char required, unsigned char feature) {
    return (required | feature) == MASK_MET;
}

// 0 when this machine has every required feature, as CEntryPointSnippets expects.
int checkCPUFeatures(const unsigned char *required) {
    unsigned char features[SVM_CPU_FEATURES_AT_MOST] = {0};
    determineCPUFeatures(features);
    for (size_t i = 0; i < svm_cpu_features.count; i++) {
        if (!is_met(required[i], features[i])) {
            return 1;
        }
    }
    return 0;
}

static void report_missing(const unsigned char *required) {
    unsigned char features[SVM_CPU_FEATURES_AT_MOST] = {0};
    determineCPUFeatures(features);
    fputs("\nMissing here:", stderr); // the builder's message has no newline at its end
    for (size_t i = 0; i < svm_cpu_features.count; i++) {
        if (!is_met(required[i], features[i])) {
            fprintf(stderr, " %s", svm_cpu_features.names[i]);
        }
    }
    fputc('\n', stderr);
}

int checkCPUFeaturesOrExit(const unsigned char *required, const char *message) {
    if (checkCPUFeatures(required) != 0) {
        fputs(message, stderr);
        report_missing(required);
        exit(EXIT_FAILURE);
    }
    return 0;
}
