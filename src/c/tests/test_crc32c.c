// SPDX-License-Identifier: Apache-2.0
// CRC32C against the check value of its definition and against a bit-by-bit computation, at every alignment and length.
#define _GNU_SOURCE
#include "check.h"

#include <stdint.h>

#if defined(__x86_64__)

uint32_t kafka_native_crc32c(uint32_t state, const unsigned char *bytes, size_t length);

static uint32_t bit_by_bit(uint32_t state, const unsigned char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        state ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            state = (state >> 1) ^ (state & 1 ? 0x82F63B78u : 0);
        }
    }
    return state;
}

int main(void) {
    if (!__builtin_cpu_supports("sse4.2")) {
        puts("test_crc32c: not run, the processor has no SSE4.2");
        return EXIT_SUCCESS;
    }
    CHECK_NUMBER(0xE3069283u, ~kafka_native_crc32c(~0u, (const unsigned char *) "123456789", 9));
    unsigned char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char) (i * 167 + 13);
    }
    for (size_t from = 0; from < 16; from++) {
        for (size_t length = 0; from + length <= sizeof bytes; length++) {
            CHECK_NUMBER(bit_by_bit(~0u, bytes + from, length), kafka_native_crc32c(~0u, bytes + from, length));
        }
    }
    const uint32_t half = kafka_native_crc32c(~0u, bytes, 101);
    CHECK_NUMBER(bit_by_bit(~0u, bytes, sizeof bytes), kafka_native_crc32c(half, bytes + 101, sizeof bytes - 101));
    return report("test_crc32c");
}

#else

int main(void) {
    puts("test_crc32c: not run, it is for amd64");
    return EXIT_SUCCESS;
}

#endif
