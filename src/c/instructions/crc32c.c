// SPDX-License-Identifier: Apache-2.0
// CRC32C (Castagnoli, RFC 3720 appendix B.4) by the instruction of SSE4.2, eight bytes at a time. For amd64 only; who
// links it sees to it that the processor has the instruction.
#include <nmmintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Returns the state of the checksum after more bytes; state and result are inverted, as java.util.zip.CRC32C keeps them.
__attribute__((target("sse4.2"), visibility("default"))) uint32_t
kafka_native_crc32c(uint32_t state, const unsigned char *bytes, size_t length) {
    uint64_t crc = state;
    for (; length >= sizeof(uint64_t); bytes += sizeof(uint64_t), length -= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        crc = _mm_crc32_u64(crc, word);
    }
    for (; length > 0; bytes++, length--) {
        crc = _mm_crc32_u8((uint32_t) crc, *bytes);
    }
    return (uint32_t) crc;
}
