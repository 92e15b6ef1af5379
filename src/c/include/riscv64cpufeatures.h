// SPDX-License-Identifier: Apache-2.0
// The processor features that com.oracle.svm.core.riscv64.RISCV64LibCHelper.CPUFeatures declares: one byte a field,
// 1 when the processor and the operating system both support it. The builder reads the offsets from this
// header when it compiles, so the order is ours to choose; the names are the builder's.
#ifndef SVM_RISCV64_CPU_FEATURES_H
#define SVM_RISCV64_CPU_FEATURES_H

// One list for the struct and for the table of names, so that neither can miss a feature of the other.
#define SVM_RISCV64_CPU_FEATURES(FEATURE) \
    FEATURE(I) FEATURE(M) FEATURE(A) FEATURE(F) FEATURE(D) FEATURE(C) FEATURE(V)

#define SVM_CPU_FEATURE_FIELD(name) unsigned char f##name;
typedef struct {
    SVM_RISCV64_CPU_FEATURES(SVM_CPU_FEATURE_FIELD)
} CPUFeatures;
#undef SVM_CPU_FEATURE_FIELD

#endif
