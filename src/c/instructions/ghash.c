// SPDX-License-Identifier: Apache-2.0
// GHASH, the authentication of AES-GCM (NIST SP 800-38D, 6.4), by carry-less multiplication, four blocks at a time. For
// amd64 only; who links it sees to it that the processor has PCLMULQDQ and SSSE3.
//
// Blocks are read as POLYVAL reads them (RFC 8452, appendix A): with their bytes reversed, and with x times the key for
// the key. Then a product needs no shift, and two multiplications by a constant reduce it.
#include <stddef.h>
#include <stdint.h>
#include <tmmintrin.h>
#include <wmmintrin.h>

#define INSTRUCTIONS __attribute__((target("pclmul,ssse3")))
#define LANES 4

// A product of 256 bits before it is reduced; `middle` lies across the two halves.
typedef struct {
    __m128i low, middle, high;
} product;

INSTRUCTIONS static inline __m128i block(const unsigned char *bytes) {
    const __m128i reversed = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *) bytes), reversed);
}

INSTRUCTIONS static inline void add_product(product *sum, __m128i a, __m128i b) {
    sum->low = _mm_xor_si128(sum->low, _mm_clmulepi64_si128(a, b, 0x00));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(a, b, 0x01));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(a, b, 0x10));
    sum->high = _mm_xor_si128(sum->high, _mm_clmulepi64_si128(a, b, 0x11));
}

// The low half times x^63 + x^62 + x^57, with its quarters exchanged: what a division by x^64 leaves.
INSTRUCTIONS static inline __m128i fold(__m128i low) {
    const __m128i polynomial = _mm_set_epi64x(0, (long long) 0xC200000000000000ULL);
    return _mm_xor_si128(_mm_shuffle_epi32(low, 0x4E), _mm_clmulepi64_si128(low, polynomial, 0x00));
}

INSTRUCTIONS static inline __m128i reduced(const product *sum) {
    const __m128i low = _mm_xor_si128(sum->low, _mm_slli_si128(sum->middle, 8));
    const __m128i high = _mm_xor_si128(sum->high, _mm_srli_si128(sum->middle, 8));
    return _mm_xor_si128(high, fold(fold(low)));
}

INSTRUCTIONS static inline __m128i multiply(__m128i a, __m128i b) {
    product sum = {0};
    add_product(&sum, a, b);
    return reduced(&sum);
}

// x times the key, in the order of POLYVAL's bits.
static inline __m128i shifted_key(uint64_t high, uint64_t low) {
    const uint64_t carry = -(high >> 63);
    return _mm_set_epi64x((long long) (((high << 1) | (low >> 63)) ^ (carry & 0xC200000000000000ULL)),
                          (long long) ((low << 1) ^ (carry & 1)));
}

// Takes in `count` blocks of 16 bytes. State and key are two words each, the first bytes of the block in the first, as
// com.sun.crypto.provider.GHASH keeps them.
INSTRUCTIONS __attribute__((visibility("default"))) void
kafka_native_ghash(uint64_t state[2], const uint64_t key[2], const unsigned char *blocks, size_t count) {
    __m128i powers[LANES]; // the first block of each four is multiplied by the highest
    powers[LANES - 1] = shifted_key(key[0], key[1]);
    for (int i = LANES - 2; i >= 0; i--) {
        powers[i] = multiply(powers[i + 1], powers[LANES - 1]);
    }
    __m128i hash = _mm_set_epi64x((long long) state[0], (long long) state[1]);
    for (; count >= LANES; blocks += 16 * LANES, count -= LANES) {
        product sum = {0};
        add_product(&sum, _mm_xor_si128(hash, block(blocks)), powers[0]);
        for (int i = 1; i < LANES; i++) {
            add_product(&sum, block(blocks + 16 * i), powers[i]);
        }
        hash = reduced(&sum);
    }
    for (; count > 0; blocks += 16, count--) {
        hash = multiply(_mm_xor_si128(hash, block(blocks)), powers[LANES - 1]);
    }
    state[0] = (uint64_t) _mm_cvtsi128_si64(_mm_unpackhi_epi64(hash, hash));
    state[1] = (uint64_t) _mm_cvtsi128_si64(hash);
}
