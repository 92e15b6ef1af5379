// SPDX-License-Identifier: Apache-2.0
// Formatted output as the JDK's native libraries expect it: like C's, but -1 for text that did not fit.
#include <stdint.h>

#include "jvm.h"

// The size may come from a negative subtraction of the caller: nothing fits then.
static int is_usable(const char *target, size_t size) {
    return target != NULL && size > 0 && size <= PTRDIFF_MAX;
}

// The text is always terminated, cut off when it is too long.
int jio_vsnprintf(char *target, size_t size, const char *format, va_list arguments) {
    if (!is_usable(target, size)) {
        return -1;
    }
    const int length = vsnprintf(target, size, format, arguments);
    return length >= 0 && (size_t) length < size ? length : -1;
}

int jio_snprintf(char *target, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = jio_vsnprintf(target, size, format, arguments);
    va_end(arguments);
    return length;
}

int jio_vfprintf(FILE *stream, const char *format, va_list arguments) {
    return vfprintf(stream, format, arguments);
}

int jio_fprintf(FILE *stream, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = jio_vfprintf(stream, format, arguments);
    va_end(arguments);
    return length;
}
