// SPDX-License-Identifier: Apache-2.0
// Processor features against what the kernel says of the first processor in /proc/cpuinfo. An emulator shows the host's
// file there, which has no such line; the comparison is left out then.
#define _GNU_SOURCE
#include "check.h"

#include <sys/wait.h>

#include "../libchelper/cpu.h"

#if defined(__x86_64__)
#include "amd64cpufeatures.h"
#define FLAGS_KEY "flags"
#elif defined(__aarch64__)
#include "aarch64cpufeatures.h"
#define FLAGS_KEY "Features"
#else
#include "riscv64cpufeatures.h"
#endif

#if defined(__x86_64__) || defined(__aarch64__)

static char flags[8192];

static int read_flags(const char *key) {
    FILE *const file = fopen("/proc/cpuinfo", "re");
    if (file == NULL) {
        give_up("/proc/cpuinfo");
    }
    while (fgets(flags, sizeof flags - 1, file) != NULL && strncmp(flags, key, strlen(key)) != 0) {
        flags[0] = '\0';
    }
    fclose(file);
    flags[strcspn(flags, "\n")] = '\0';
    strcat(flags, " ");
    return flags[1] != '\0';
}

static int has_flag(const char *name) {
    char word[64];
    snprintf(word, sizeof word, " %s ", name);
    return strstr(flags, word) != NULL;
}

#define SAME(field, flag) check_number(__LINE__, #field, has_flag(flag), found.f##field)

static void against_the_kernel(void) {
    CPUFeatures found;
    memset(&found, 0, sizeof found);
    determineCPUFeatures(&found);
    if (!read_flags(FLAGS_KEY)) {
        printf("cpu: no line \"%s\" to compare with\n", FLAGS_KEY);
        return;
    }
#if defined(__x86_64__)
    SAME(CX8, "cx8"); SAME(CMOV, "cmov"); SAME(FXSR, "fxsr"); SAME(HT, "ht"); SAME(MMX, "mmx");
    SAME(AMD_3DNOW_PREFETCH, "3dnowprefetch"); SAME(SSE, "sse"); SAME(SSE2, "sse2"); SAME(SSE3, "pni");
    SAME(SSSE3, "ssse3"); SAME(SSE4A, "sse4a"); SAME(SSE4_1, "sse4_1"); SAME(SSE4_2, "sse4_2");
    SAME(POPCNT, "popcnt"); SAME(LZCNT, "abm"); SAME(TSC, "tsc"); SAME(AVX, "avx"); SAME(AVX2, "avx2");
    SAME(AES, "aes"); SAME(ERMS, "erms"); SAME(CLMUL, "pclmulqdq"); SAME(BMI1, "bmi1"); SAME(BMI2, "bmi2");
    SAME(ADX, "adx"); SAME(AVX512F, "avx512f"); SAME(AVX512DQ, "avx512dq"); SAME(AVX512CD, "avx512cd");
    SAME(AVX512BW, "avx512bw"); SAME(AVX512VL, "avx512vl"); SAME(SHA, "sha_ni"); SAME(FMA, "fma");
    SAME(AVX512_VPOPCNTDQ, "avx512_vpopcntdq"); SAME(AVX512_VNNI, "avx512_vnni"); SAME(FLUSH, "clflush");
    SAME(FLUSHOPT, "clflushopt"); SAME(CLWB, "clwb"); SAME(AVX512_VBMI2, "avx512_vbmi2");
    SAME(AVX512_VBMI, "avx512vbmi"); SAME(HV, "hypervisor"); SAME(SERIALIZE, "serialize"); SAME(RDTSCP, "rdtscp");
    SAME(RDPID, "rdpid"); SAME(FSRM, "fsrm"); SAME(GFNI, "gfni"); SAME(AVX512_BITALG, "avx512_bitalg");
    SAME(F16C, "f16c"); SAME(AVX512_IFMA, "avx512ifma"); SAME(AVX_IFMA, "avx_ifma");
    SAME(AVX512_FP16, "avx512_fp16"); SAME(VZEROUPPER, "avx");
#else
    SAME(FP, "fp"); SAME(ASIMD, "asimd"); SAME(EVTSTRM, "evtstrm"); SAME(AES, "aes"); SAME(PMULL, "pmull");
    SAME(SHA1, "sha1"); SAME(SHA2, "sha2"); SAME(CRC32, "crc32"); SAME(LSE, "atomics"); SAME(DCPOP, "dcpop");
    SAME(SHA3, "sha3"); SAME(SHA512, "sha512"); SAME(SVE, "sve"); SAME(SVE2, "sve2"); SAME(FPHP, "fphp");
    SAME(ASIMDHP, "asimdhp"); SAME(PACA, "paca"); SAME(SVEBITPERM, "svebitperm");
#endif
}

#else
static void against_the_kernel(void) {
}
#endif

static void requirements(void) {
    unsigned char mask[sizeof(CPUFeatures)], host[sizeof(CPUFeatures)];
    CPUFeatures found;
    memset(&found, 0, sizeof found);
    determineCPUFeatures(&found);
    memcpy(host, &found, sizeof host);
    memset(mask, 0xFF, sizeof mask);
    CHECK_NUMBER(0, checkCPUFeatures(mask));
    size_t missing = 0;
    for (size_t i = 0; i < sizeof mask; i++) {
        CHECK(host[i] <= 1);
        mask[i] = host[i] ? 0xFE : 0xFF;
        missing = host[i] ? missing : i;
    }
    CHECK_NUMBER(0, checkCPUFeatures(mask));
    CHECK_NUMBER(0, checkCPUFeaturesOrExit(mask, "not to be seen\n"));
    mask[missing] = 0xFE;
    CHECK(checkCPUFeatures(mask) != 0);

    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        checkCPUFeaturesOrExit(mask, "(an expected message)");
        _exit(0);
    }
    int status = 0;
    CHECK_NUMBER(child, waitpid(child, &status, 0));
    CHECK(WIFEXITED(status));
    CHECK_NUMBER(1, WEXITSTATUS(status));
}

int main(void) {
    against_the_kernel();
    requirements();
    return report("cpu");
}
