// SPDX-License-Identifier: Apache-2.0
// The locale of the environment, as com.oracle.svm.core.c.locale.LocaleCHelper declares it.
#ifndef SVM_LOCALE_H
#define SVM_LOCALE_H

#define SVM_LOCALE_INITIALIZATION_SUCCEEDED 0
#define SVM_LOCALE_INITIALIZATION_OUT_OF_MEMORY 1

// Each string is static or NULL when the environment does not say. "display" is the language of messages,
// "format" that of numbers and dates.
typedef struct {
    const char *display_language;
    const char *display_script;
    const char *display_country;
    const char *display_variant;
    const char *format_language;
    const char *format_script;
    const char *format_country;
    const char *format_variant;
} svm_locale_props_t;

#endif
