// SPDX-License-Identifier: Apache-2.0
// Processor features of RISC-V: the kernel's AT_HWCAP has one bit for each single-letter extension.
#if defined(__riscv) && __riscv_xlen == 64

#include <sys/auxv.h>

#include "riscv64cpufeatures.h"
#include "cpu.h"

SVM_DEFINE_CPU_FEATURE_LIST(SVM_RISCV64_CPU_FEATURES);

static unsigned char extension(unsigned long caps, char letter) {
    return (caps >> (letter - 'A')) & 1ul;
}

void determineCPUFeatures(void *bytes) {
    CPUFeatures *const features = bytes;
    const unsigned long caps = getauxval(AT_HWCAP);
    features->fI = extension(caps, 'I');
    features->fM = extension(caps, 'M');
    features->fA = extension(caps, 'A');
    features->fF = extension(caps, 'F');
    features->fD = extension(caps, 'D');
    features->fC = extension(caps, 'C');
    features->fV = extension(caps, 'V');
}

#else
typedef int svm_not_riscv64; // an empty file is not a C file
#endif
