// SPDX-License-Identifier: Apache-2.0
// Processor features of AArch64: what the kernel says it offers to user space (getauxval), which already
// includes that it saves the registers. The bits are those of the kernel's Documentation/arch/arm64/elf_hwcaps.
#ifdef __aarch64__

#include <stdio.h>
#include <sys/auxv.h>

#include "aarch64cpufeatures.h"
#include "cpu.h"

SVM_DEFINE_CPU_FEATURE_LIST(SVM_AARCH64_CPU_FEATURES);

// The kernel's numbers, spelled out since the libc headers of older systems miss the later ones.
enum {
    CAP_FP = 0, CAP_ASIMD = 1, CAP_EVTSTRM = 2, CAP_AES = 3, CAP_PMULL = 4, CAP_SHA1 = 5, CAP_SHA2 = 6,
    CAP_CRC32 = 7, CAP_ATOMICS = 8, CAP_FPHP = 9, CAP_ASIMDHP = 10, CAP_DCPOP = 16, CAP_SHA3 = 17,
    CAP_SHA512 = 21, CAP_SVE = 22, CAP_PACA = 30
};
enum { CAP2_SVE2 = 1, CAP2_SVEBITPERM = 4 };

enum { IMPLEMENTER_ARM = 0x41, IMPLEMENTER_CAVIUM = 0x43, PART_CORTEX_A53 = 0xd03, PART_THUNDERX = 0xa1 };

static unsigned char bit(unsigned long value, unsigned number) {
    return (value >> number) & 1ul;
}

static void hardware_capabilities(CPUFeatures *f) {
    const unsigned long caps = getauxval(AT_HWCAP);
    const unsigned long caps2 = getauxval(AT_HWCAP2);
    f->fFP = bit(caps, CAP_FP);
    f->fASIMD = bit(caps, CAP_ASIMD);
    f->fEVTSTRM = bit(caps, CAP_EVTSTRM);
    f->fAES = bit(caps, CAP_AES);
    f->fPMULL = bit(caps, CAP_PMULL);
    f->fSHA1 = bit(caps, CAP_SHA1);
    f->fSHA2 = bit(caps, CAP_SHA2);
    f->fCRC32 = bit(caps, CAP_CRC32);
    f->fLSE = bit(caps, CAP_ATOMICS);
    f->fFPHP = bit(caps, CAP_FPHP);
    f->fASIMDHP = bit(caps, CAP_ASIMDHP);
    f->fDCPOP = bit(caps, CAP_DCPOP);
    f->fSHA3 = bit(caps, CAP_SHA3);
    f->fSHA512 = bit(caps, CAP_SHA512);
    f->fSVE = bit(caps, CAP_SVE);
    f->fPACA = bit(caps, CAP_PACA);
    f->fSVE2 = bit(caps2, CAP2_SVE2);
    f->fSVEBITPERM = bit(caps2, CAP2_SVEBITPERM);
}

// Model quirks come from the names in /proc/cpuinfo; big.LITTLE machines list several, and one is enough.
static void model_features(CPUFeatures *f) {
    FILE *const info = fopen("/proc/cpuinfo", "re");
    if (info == NULL) {
        return;
    }
    char line[256];
    unsigned implementer = 0, value = 0;
    while (fgets(line, sizeof line, info) != NULL) {
        if (sscanf(line, "CPU implementer : %x", &value) == 1) {
            implementer = value;
        } else if (sscanf(line, "CPU part : %x", &value) == 1) {
            f->fA53MAC |= implementer == IMPLEMENTER_ARM && value == PART_CORTEX_A53;
            f->fSTXR_PREFETCH |= implementer == IMPLEMENTER_CAVIUM && value == PART_THUNDERX;
            f->fDMB_ATOMICS |= implementer == IMPLEMENTER_CAVIUM && value == PART_THUNDERX;
        }
    }
    fclose(info);
}

void determineCPUFeatures(void *bytes) {
    CPUFeatures *const features = bytes;
    hardware_capabilities(features);
    model_features(features);
}

#else
typedef int svm_not_aarch64; // an empty file is not a C file
#endif
