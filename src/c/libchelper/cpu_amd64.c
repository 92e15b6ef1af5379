// SPDX-License-Identifier: Apache-2.0
// Processor features of x86-64, read with CPUID and XGETBV. The bits are those of the Intel SDM (volume 2,
// CPUID) and the AMD APM (volume 3, appendix E).
#ifdef __x86_64__

#include <cpuid.h>

#include "amd64cpufeatures.h"
#include "cpu.h"

SVM_DEFINE_CPU_FEATURE_LIST(SVM_AMD64_CPU_FEATURES);

typedef struct {
    unsigned eax, ebx, ecx, edx;
} registers;

// State components of XCR0 that the operating system saves and restores.
#define XCR0_SSE_AVX ((1ull << 1) | (1ull << 2))
#define XCR0_AVX512 (XCR0_SSE_AVX | (1ull << 5) | (1ull << 6) | (1ull << 7))
#define XCR0_APX (1ull << 19)

// A leaf that the processor does not have reads as zero: no feature.
static registers cpuid(unsigned leaf, unsigned subleaf) {
    registers r = {0, 0, 0, 0};
    const unsigned highest = __get_cpuid_max(leaf & 0x80000000u, NULL);
    if (highest >= leaf) {
        __cpuid_count(leaf, subleaf, r.eax, r.ebx, r.ecx, r.edx);
    }
    return r;
}

static unsigned char bit(unsigned value, unsigned number) {
    return (value >> number) & 1u;
}

// XGETBV faults unless the operating system has switched XSAVE on, so ask OSXSAVE first.
static unsigned long long saved_state(const registers *leaf1) {
    if (!bit(leaf1->ecx, 27)) {
        return 0;
    }
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((unsigned long long) high << 32) | low;
}

static void base_features(CPUFeatures *f, const registers *leaf1) {
    f->fTSC = bit(leaf1->edx, 4);
    f->fCX8 = bit(leaf1->edx, 8);
    f->fCMOV = bit(leaf1->edx, 15);
    f->fFLUSH = bit(leaf1->edx, 19);
    f->fMMX = bit(leaf1->edx, 23);
    f->fFXSR = bit(leaf1->edx, 24);
    f->fSSE = bit(leaf1->edx, 25);
    f->fSSE2 = bit(leaf1->edx, 26);
    f->fHT = bit(leaf1->edx, 28);
    f->fSSE3 = bit(leaf1->ecx, 0);
    f->fCLMUL = bit(leaf1->ecx, 1);
    f->fSSSE3 = bit(leaf1->ecx, 9);
    f->fSSE4_1 = bit(leaf1->ecx, 19);
    f->fSSE4_2 = bit(leaf1->ecx, 20);
    f->fPOPCNT = bit(leaf1->ecx, 23);
    f->fAES = bit(leaf1->ecx, 25);
    f->fHV = bit(leaf1->ecx, 31);
}

static void extended_features(CPUFeatures *f) {
    const registers leaf = cpuid(0x80000001u, 0);
    f->fLZCNT = bit(leaf.ecx, 5);
    f->fSSE4A = bit(leaf.ecx, 6);
    f->fAMD_3DNOW_PREFETCH = bit(leaf.ecx, 8) | bit(leaf.edx, 31);
    f->fRDTSCP = bit(leaf.edx, 27);
    // The builder tells "the bit" from "usable as a clock"; the kernel and the JVM both trust the bit.
    f->fTSCINV_BIT = bit(cpuid(0x80000007u, 0).edx, 8);
    f->fTSCINV = f->fTSCINV_BIT & f->fTSC;
}

// Features of leaf 7 that need no registers beyond those of the base instruction set.
static void structured_features(CPUFeatures *f, const registers *leaf7) {
    f->fBMI1 = bit(leaf7->ebx, 3);
    f->fBMI2 = bit(leaf7->ebx, 8);
    f->fERMS = bit(leaf7->ebx, 9);
    f->fRTM = bit(leaf7->ebx, 11);
    f->fADX = bit(leaf7->ebx, 19);
    f->fFLUSHOPT = bit(leaf7->ebx, 23);
    f->fCLWB = bit(leaf7->ebx, 24);
    f->fSHA = bit(leaf7->ebx, 29);
    f->fPKU = bit(leaf7->ecx, 3);
    f->fOSPKE = bit(leaf7->ecx, 4);
    f->fCET_SS = bit(leaf7->ecx, 7);
    f->fGFNI = bit(leaf7->ecx, 8);
    f->fRDPID = bit(leaf7->ecx, 22);
    f->fFSRM = bit(leaf7->edx, 4);
    f->fSERIALIZE = bit(leaf7->edx, 14);
    f->fCET_IBT = bit(leaf7->edx, 20);
}

// 256-bit features: useless, and harmful, unless the operating system saves the upper halves.
static void avx_features(CPUFeatures *f, const registers *leaf1, const registers *leaf7, const registers *leaf7_1) {
    f->fAVX = bit(leaf1->ecx, 28);
    f->fFMA = bit(leaf1->ecx, 12);
    f->fF16C = bit(leaf1->ecx, 29);
    f->fAVX2 = bit(leaf7->ebx, 5);
    f->fSHA512 = bit(leaf7_1->eax, 0);
    f->fAVX_IFMA = bit(leaf7_1->eax, 23);
    // Not a bit: whoever has AVX needs VZEROUPPER when it goes back to SSE code.
    f->fVZEROUPPER = f->fAVX;
}

static void avx10_features(CPUFeatures *f, const registers *leaf7_1) {
    if (!bit(leaf7_1->edx, 19)) {
        return;
    }
    const registers leaf = cpuid(0x24u, 0);
    const unsigned version = leaf.ebx & 0xFFu;
    const unsigned has_512_bits = bit(leaf.ebx, 18);
    f->fAVX10_1 = has_512_bits && version >= 1;
    f->fAVX10_2 = has_512_bits && version >= 2;
}

static void avx512_features(CPUFeatures *f, const registers *leaf7) {
    f->fAVX512F = bit(leaf7->ebx, 16);
    if (!f->fAVX512F) {
        return;
    }
    f->fAVX512DQ = bit(leaf7->ebx, 17);
    f->fAVX512_IFMA = bit(leaf7->ebx, 21);
    f->fAVX512PF = bit(leaf7->ebx, 26);
    f->fAVX512ER = bit(leaf7->ebx, 27);
    f->fAVX512CD = bit(leaf7->ebx, 28);
    f->fAVX512BW = bit(leaf7->ebx, 30);
    f->fAVX512VL = bit(leaf7->ebx, 31);
    f->fAVX512_VBMI = bit(leaf7->ecx, 1);
    f->fAVX512_VBMI2 = bit(leaf7->ecx, 6);
    f->fAVX512_VAES = bit(leaf7->ecx, 9);
    f->fAVX512_VPCLMULQDQ = bit(leaf7->ecx, 10);
    f->fAVX512_VNNI = bit(leaf7->ecx, 11);
    f->fAVX512_BITALG = bit(leaf7->ecx, 12);
    f->fAVX512_VPOPCNTDQ = bit(leaf7->ecx, 14);
    f->fAVX512_FP16 = bit(leaf7->edx, 23);
}

void determineCPUFeatures(void *bytes) {
    CPUFeatures *const features = bytes;
    const registers leaf1 = cpuid(1, 0);
    const registers leaf7 = cpuid(7, 0);
    const registers leaf7_1 = leaf7.eax >= 1 ? cpuid(7, 1) : (registers) {0, 0, 0, 0};
    const unsigned long long state = saved_state(&leaf1);

    base_features(features, &leaf1);
    extended_features(features);
    structured_features(features, &leaf7);
    if ((state & XCR0_SSE_AVX) == XCR0_SSE_AVX && bit(leaf1.ecx, 28)) {
        avx_features(features, &leaf1, &leaf7, &leaf7_1);
    }
    if ((state & XCR0_AVX512) == XCR0_AVX512) {
        avx512_features(features, &leaf7);
        avx10_features(features, &leaf7_1);
    }
    features->fAPX_F = bit(leaf7_1.edx, 21) && (state & XCR0_APX) != 0;
}

#else
typedef int svm_not_amd64; // an empty file is not a C file
#endif
