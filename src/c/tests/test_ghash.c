// SPDX-License-Identifier: Apache-2.0
// GHASH against test case 2 of the GCM specification and against a bit-by-bit computation, with every number of blocks.
#define _GNU_SOURCE
#include "check.h"

#include <stdint.h>

#if defined(__x86_64__)

void kafka_native_ghash(uint64_t state[2], const uint64_t key[2], const unsigned char *blocks, size_t count);

static uint64_t word(const unsigned char *bytes) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

// NIST SP 800-38D, algorithms 1 and 2: bit 0 is the highest of the first byte.
static void bit_by_bit(uint64_t state[2], const uint64_t key[2], const unsigned char *blocks, size_t count) {
    for (; count > 0; blocks += 16, count--) {
        const uint64_t x[2] = {state[0] ^ word(blocks), state[1] ^ word(blocks + 8)};
        uint64_t v[2] = {key[0], key[1]}, z[2] = {0, 0};
        for (int i = 0; i < 128; i++) {
            if (x[i / 64] >> (63 - i % 64) & 1) {
                z[0] ^= v[0];
                z[1] ^= v[1];
            }
            const uint64_t reduce = v[1] & 1 ? 0xE100000000000000ULL : 0;
            v[1] = v[1] >> 1 | v[0] << 63;
            v[0] = v[0] >> 1 ^ reduce;
        }
        state[0] = z[0];
        state[1] = z[1];
    }
}

static void check_test_case_2(void) {
    const uint64_t key[2] = {0x66e94bd4ef8a2c3bULL, 0x884cfa59ca342b2eULL};
    const unsigned char blocks[32] = {
        0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92, 0xf3, 0x28, 0xc2, 0xb9, 0x71, 0xb2, 0xfe, 0x78,
        [31] = 128, // the lengths: no additional data, 128 bits of ciphertext
    };
    uint64_t state[2] = {0, 0};
    kafka_native_ghash(state, key, blocks, 2);
    CHECK_NUMBER(0xf38cbb1ad69223dcULL, state[0]);
    CHECK_NUMBER(0xc3457ae5b6b0f885ULL, state[1]);
}

static void check_number_of_blocks(const uint64_t key[2], const unsigned char *bytes, size_t count) {
    uint64_t expected[2] = {0x0123456789abcdefULL, 0xfedcba9876543210ULL}, found[2] = {expected[0], expected[1]};
    bit_by_bit(expected, key, bytes, count);
    kafka_native_ghash(found, key, bytes, count);
    CHECK_NUMBER(expected[0], found[0]);
    CHECK_NUMBER(expected[1], found[1]);
}

int main(void) {
    if (!__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("ssse3")) {
        puts("test_ghash: not run, the processor has no PCLMULQDQ or SSSE3");
        return EXIT_SUCCESS;
    }
    check_test_case_2();
    unsigned char bytes[16 * 40];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char) (i * i * 167 + i * 13 + 1);
    }
    const uint64_t keys[][2] = {{1ULL << 63, 0}, {0, 1}, {0x8000000000000001ULL, ~0ULL}, {0x66e94bd4ef8a2c3bULL, 42}};
    for (size_t key = 0; key < sizeof keys / sizeof keys[0]; key++) {
        for (size_t count = 0; count < 40; count++) {
            check_number_of_blocks(keys[key], bytes + count % 16, count);
        }
    }
    return report("test_ghash");
}

#else

int main(void) {
    puts("test_ghash: not run, it is for amd64");
    return EXIT_SUCCESS;
}

#endif
