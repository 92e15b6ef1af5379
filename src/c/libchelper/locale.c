// SPDX-License-Identifier: Apache-2.0
// The locale of the environment, for com.oracle.svm.core.c.locale.LocaleCHelper: LC_ALL, else the category's own
// variable, else LANG, as POSIX orders them. LC_MESSAGES gives the display locale, LC_CTYPE the format locale.
//
// The names are read from the environment itself and not from setlocale(): Java brings its own locale data, so
// LANG=de_DE.UTF-8 means German here even in an image without the C library's German files.
#define _GNU_SOURCE
#include <ctype.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "chelper.h"

// ISO 639 and BCP 47 allow languages of 2 to 8 letters, countries of two letters or three digits, scripts of
// four letters, variants of 5 to 8 letters or digits.
enum { LANGUAGE_SIZE = 9, SCRIPT_SIZE = 5, COUNTRY_SIZE = 4, VARIANT_SIZE = 9 };

typedef struct {
    char language[LANGUAGE_SIZE];
    char script[SCRIPT_SIZE];
    char country[COUNTRY_SIZE];
    char variant[VARIANT_SIZE];
} locale_name;

typedef struct {
    const char *modifier, *script, *variant;
} modifier_meaning;

// The modifiers that glibc's locales use. One that is not here (@euro: a currency) says nothing to Java.
static const modifier_meaning modifiers[] = {
    {"latin", "Latn", ""},      {"cyrillic", "Cyrl", ""}, {"devanagari", "Deva", ""},
    {"iqtelif", "Latn", ""},    {"arabic", "Arab", ""},   {"valencia", "", "VALENCIA"},
};

static const locale_name default_locale = {.language = "en"};

static locale_name display_locale, format_locale;
static svm_locale_props_t properties;

static const char *variable(const char *name) {
    const char *const value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *category_setting(const char *category) {
    const char *value = variable("LC_ALL");
    if (value == NULL) {
        value = variable(category);
    }
    if (value == NULL) {
        value = variable("LANG");
    }
    return value != NULL ? value : "C";
}

// Copy `length` characters when all of them satisfy `accepts`, in the case that Java writes them.
static bool copy_part(char *target, size_t size, const char *source, size_t length, int (*accepts)(int),
                      int (*fold)(int)) {
    if (length >= size) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!accepts((unsigned char) source[i])) {
            return false;
        }
        target[i] = (char) fold((unsigned char) source[i]);
    }
    target[length] = '\0';
    return true;
}

static void apply_modifier(locale_name *name, const char *modifier) {
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++) {
        if (strcmp(modifiers[i].modifier, modifier) == 0) {
            memcpy(name->script, modifiers[i].script, strlen(modifiers[i].script) + 1);
            memcpy(name->variant, modifiers[i].variant, strlen(modifiers[i].variant) + 1);
        }
    }
}

static bool is_portable_locale(const char *setting, size_t language_length) {
    return (language_length == 1 && setting[0] == 'C') || (language_length == 5 && memcmp(setting, "POSIX", 5) == 0);
}

// Parse language[_country][.codeset][@modifier]. What is no such name counts as the C locale, which is English.
static locale_name parse_locale(const char *setting) {
    locale_name name = default_locale;
    const size_t language_length = strcspn(setting, "_.@");
    if (is_portable_locale(setting, language_length)) {
        return name;
    }
    if (language_length < 2 ||
        !copy_part(name.language, sizeof name.language, setting, language_length, isalpha, tolower)) {
        return default_locale;
    }
    const char *rest = setting + language_length;
    if (*rest == '_') {
        const size_t country_length = strcspn(++rest, ".@");
        if (country_length < 2 ||
            !copy_part(name.country, sizeof name.country, rest, country_length, isalnum, toupper)) {
            return default_locale;
        }
    }
    const char *const modifier = strchr(rest, '@');
    if (modifier != NULL) {
        apply_modifier(&name, modifier + 1);
    }
    return name;
}

static const char *null_if_empty(const char *text) {
    return text[0] != '\0' ? text : NULL;
}

// Once for the process, before its second thread. Everything lives in static storage, so memory cannot run out.
int svm_initialize_locale(void) {
    // The C library's own conversions and messages follow the environment too; when it does not have the
    // locale, it stays with "C", and nothing here depends on that.
    (void) setlocale(LC_CTYPE, "");
    (void) setlocale(LC_MESSAGES, "");

    display_locale = parse_locale(category_setting("LC_MESSAGES"));
    format_locale = parse_locale(category_setting("LC_CTYPE"));
    properties = (svm_locale_props_t) {
        .display_language = display_locale.language,
        .display_script = null_if_empty(display_locale.script),
        .display_country = null_if_empty(display_locale.country),
        .display_variant = null_if_empty(display_locale.variant),
        .format_language = format_locale.language,
        .format_script = null_if_empty(format_locale.script),
        .format_country = null_if_empty(format_locale.country),
        .format_variant = null_if_empty(format_locale.variant),
    };
    return SVM_LOCALE_INITIALIZATION_SUCCEEDED;
}

const svm_locale_props_t *svm_get_locale(void) {
    return &properties;
}
