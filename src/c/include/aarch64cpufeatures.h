// SPDX-License-Identifier: Apache-2.0
// The processor features that com.oracle.svm.core.aarch64.AArch64LibCHelper.CPUFeatures declares: one byte a field,
// 1 when the processor and the operating system both support it. The builder reads the offsets from this
// header when it compiles, so the order is ours to choose; the names are the builder's.
#ifndef SVM_AARCH64_CPU_FEATURES_H
#define SVM_AARCH64_CPU_FEATURES_H

// One list for the struct and for the table of names, so that neither can miss a feature of the other.
#define SVM_AARCH64_CPU_FEATURES(FEATURE) \
    FEATURE(FP) FEATURE(ASIMD) FEATURE(EVTSTRM) FEATURE(AES) FEATURE(PMULL) FEATURE(SHA1) FEATURE(SHA2) \
    FEATURE(CRC32) FEATURE(LSE) FEATURE(DCPOP) FEATURE(SHA3) FEATURE(SHA512) FEATURE(SVE) FEATURE(SVE2) \
    FEATURE(STXR_PREFETCH) FEATURE(A53MAC) FEATURE(DMB_ATOMICS) FEATURE(PACA) FEATURE(SVEBITPERM) \
    FEATURE(FPHP) FEATURE(ASIMDHP)

#define SVM_CPU_FEATURE_FIELD(name) unsigned char f##name;
typedef struct {
    SVM_AARCH64_CPU_FEATURES(SVM_CPU_FEATURE_FIELD)
} CPUFeatures;
#undef SVM_CPU_FEATURE_FIELD

#endif
