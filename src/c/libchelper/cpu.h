// SPDX-License-Identifier: Apache-2.0
// Processor features. One file for each architecture says which there are and which this machine has; cpu_check.c compares
// them with what an executable was compiled for.
#ifndef SVM_CPU_H
#define SVM_CPU_H

#include <stddef.h>

enum { SVM_CPU_FEATURES_AT_MOST = 128 };

typedef struct {
    size_t count;
    const char *const *names;
} svm_cpu_feature_list;

// The architecture's file defines these two. The names are in the order of the bytes.
extern const svm_cpu_feature_list svm_cpu_features;
void determineCPUFeatures(void *features); // a zeroed CPUFeatures of the architecture's header

// A mask is 0xFF everywhere but 0xFE at the offset of each feature that the executable requires.
int checkCPUFeatures(const unsigned char *required);
int checkCPUFeaturesOrExit(const unsigned char *required, const char *message);

// For the architecture's file: the list from the header's SVM_<ARCHITECTURE>_CPU_FEATURES.
#define SVM_CPU_FEATURE_NAME(name) #name,
#define SVM_DEFINE_CPU_FEATURE_LIST(features) \
    static const char *const feature_names[] = {features(SVM_CPU_FEATURE_NAME)}; \
    const svm_cpu_feature_list svm_cpu_features = {sizeof feature_names / sizeof feature_names[0], feature_names}; \
    _Static_assert(sizeof(CPUFeatures) == sizeof feature_names / sizeof feature_names[0], "a name for each byte"); \
    _Static_assert(sizeof(CPUFeatures) <= SVM_CPU_FEATURES_AT_MOST, "room for each feature")

#endif
