// SPDX-License-Identifier: Apache-2.0
// Signals, locale, time zone, attach socket, threads.
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../libchelper/chelper.h"
#include "../libchelper/timezone.h"

// ----- signals

static void signals(void) {
    CHECK_NUMBER(-1, cSunMiscSignal_close());
    CHECK_NUMBER(0, cSunMiscSignal_open());
    CHECK_NUMBER(1, cSunMiscSignal_open());
    CHECK_NUMBER(-1, cSunMiscSignal_checkPendingSignal());

    CHECK(signal(SIGUSR1, cSunMiscSignal_signalHandlerFunctionPointer()) != SIG_ERR);
    CHECK(signal(SIGTERM, cSunMiscSignal_signalHandlerFunctionPointer()) != SIG_ERR);
    errno = E2BIG;
    raise(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGTERM);
    CHECK_NUMBER(E2BIG, errno);
    const int expected[] = {SIGUSR1, SIGUSR1, SIGTERM};
    for (int i = 0; i < 3; i++) {
        CHECK_NUMBER(0, cSunMiscSignal_awaitSemaphore());
        CHECK_NUMBER(expected[i], cSunMiscSignal_checkPendingSignal());
    }
    CHECK_NUMBER(-1, cSunMiscSignal_checkPendingSignal());

    CHECK_NUMBER(0, cSunMiscSignal_signalSemaphore());
    CHECK_NUMBER(0, cSunMiscSignal_awaitSemaphore());
    CHECK_NUMBER(-1, cSunMiscSignal_checkPendingSignal());

    // What the last owner left behind is not the next one's.
    raise(SIGUSR1);
    CHECK_NUMBER(0, cSunMiscSignal_close());
    CHECK_NUMBER(-1, cSunMiscSignal_close());
    CHECK_NUMBER(0, cSunMiscSignal_open());
    CHECK_NUMBER(-1, cSunMiscSignal_checkPendingSignal());
    CHECK_NUMBER(0, cSunMiscSignal_close());

    CHECK_NUMBER(0, cSunMiscSignal_signalRangeCheck(-1));
    CHECK_NUMBER(1, cSunMiscSignal_signalRangeCheck(SIGTERM));
    CHECK_NUMBER(1, cSunMiscSignal_signalRangeCheck(NSIG - 1));
    CHECK_NUMBER(0, cSunMiscSignal_signalRangeCheck(NSIG));
}

// ----- locale

static const svm_locale_props_t *locale_of(const char *all, const char *ctype, const char *messages, const char *lang) {
    const char *const names[] = {"LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LANG"};
    const char *const values[] = {all, ctype, messages, lang};
    for (int i = 0; i < 4; i++) {
        if (values[i] != NULL) {
            setenv(names[i], values[i], 1);
        } else {
            unsetenv(names[i]);
        }
    }
    CHECK_NUMBER(SVM_LOCALE_INITIALIZATION_SUCCEEDED, svm_initialize_locale());
    return svm_get_locale();
}

static void check_format(const char *setting, const char *language, const char *country, const char *script,
                         const char *variant) {
    const svm_locale_props_t *const found = locale_of(setting, NULL, NULL, NULL);
    CHECK_TEXT(language, found->format_language);
    CHECK_TEXT(country, found->format_country);
    CHECK_TEXT(script, found->format_script);
    CHECK_TEXT(variant, found->format_variant);
    CHECK_TEXT(language, found->display_language);
}

static void locales(void) {
    check_format(NULL, "en", NULL, NULL, NULL);
    check_format("", "en", NULL, NULL, NULL);
    check_format("C", "en", NULL, NULL, NULL);
    check_format("C.UTF-8", "en", NULL, NULL, NULL);
    check_format("POSIX", "en", NULL, NULL, NULL);
    check_format("de_DE.UTF-8", "de", "DE", NULL, NULL);
    check_format("DE_de", "de", "DE", NULL, NULL);
    check_format("de_DE@euro", "de", "DE", NULL, NULL);
    check_format("sr_RS.UTF-8@latin", "sr", "RS", "Latn", NULL);
    check_format("uz_UZ@cyrillic", "uz", "UZ", "Cyrl", NULL);
    check_format("ca_ES@valencia", "ca", "ES", NULL, "VALENCIA");
    check_format("eo", "eo", NULL, NULL, NULL);
    check_format("eo.UTF-8", "eo", NULL, NULL, NULL);
    check_format("ber_DZ", "ber", "DZ", NULL, NULL);
    check_format("es_419", "es", "419", NULL, NULL);
    check_format("x", "en", NULL, NULL, NULL);
    check_format("de_", "en", NULL, NULL, NULL);
    check_format("../../etc", "en", NULL, NULL, NULL);
    check_format("averyverylongname_THATISNONE", "en", NULL, NULL, NULL);

    const svm_locale_props_t *const mixed = locale_of(NULL, "fr_FR.UTF-8", "ja_JP.UTF-8", "de_DE.UTF-8");
    CHECK_TEXT("fr", mixed->format_language);
    CHECK_TEXT("JP", mixed->display_country);
    const svm_locale_props_t *const from_lang = locale_of(NULL, NULL, "", "de_DE.UTF-8");
    CHECK_TEXT("de", from_lang->format_language);
    CHECK_TEXT("DE", from_lang->display_country);
    const svm_locale_props_t *const all = locale_of("it_IT", "fr_FR.UTF-8", "ja_JP.UTF-8", "de_DE.UTF-8");
    CHECK_TEXT("it", all->format_language);
    CHECK_TEXT("it", all->display_language);
}

// ----- time zone

#define BERLIN "TZif2 Berlin"
#define UTC_ZONE "TZif2 UTC..."

static void check_zone(int line, const char *expected, const char *tz) {
    char *const found = svm_find_time_zone(tree_root, tz);
    check_text(line, "time zone", expected, found);
    free(found);
}

static void zones_of_the_variable(void) {
    tree_new();
    tree_link("/etc/localtime", "../usr/share/zoneinfo/Europe/Rome");
    check_zone(__LINE__, "Asia/Tokyo", "Asia/Tokyo");
    check_zone(__LINE__, "Asia/Tokyo", ":Asia/Tokyo");
    check_zone(__LINE__, "Asia/Tokyo", "posix/Asia/Tokyo");
    check_zone(__LINE__, "Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo");
    check_zone(__LINE__, "Asia/Tokyo", ":/usr/share/zoneinfo/right/Asia/Tokyo");
    check_zone(__LINE__, "EST5EDT", "EST5EDT");
    check_zone(__LINE__, "Europe/Rome", "");
    check_zone(__LINE__, "Europe/Rome", ":");
    check_zone(__LINE__, "Europe/Rome", NULL);
    check_zone(__LINE__, "Europe/Rome", ":/etc/localtime");
    tree_remove();
}

static void zones_of_links(void) {
    tree_new();
    check_zone(__LINE__, NULL, NULL);
    tree_file("/etc/timezone", "America/New_York\n");
    check_zone(__LINE__, "America/New_York", NULL);
    tree_file("/usr/share/zoneinfo/Europe/Paris", "TZif2 Paris");
    tree_link("/etc/alternative", "../usr/share/zoneinfo/Europe/Paris");
    tree_link("/etc/localtime", "alternative");
    check_zone(__LINE__, "Europe/Paris", NULL);
    tree_remove();
}

static void zones_of_copies(void) {
    tree_new();
    tree_file("/etc/localtime", BERLIN);
    check_zone(__LINE__, NULL, NULL);
    tree_file("/usr/share/zoneinfo/Etc/UTC", UTC_ZONE);
    tree_file("/usr/share/zoneinfo/UTC", UTC_ZONE);
    tree_file("/usr/share/zoneinfo/Zulu", UTC_ZONE);
    tree_file("/usr/share/zoneinfo/posixrules", BERLIN);
    tree_file("/usr/share/zoneinfo/localtime", BERLIN);
    tree_file("/usr/share/zoneinfo/posix/Europe/Berlin", BERLIN);
    tree_file("/usr/share/zoneinfo/Germany", BERLIN);
    tree_file("/usr/share/zoneinfo/Europe/Oslo", BERLIN);
    tree_file("/usr/share/zoneinfo/Europe/Berlin", BERLIN);
    tree_file("/usr/share/zoneinfo/Europe/Rome", "TZif2 Rome..");
    check_zone(__LINE__, "Europe/Berlin", NULL);
    tree_file("/etc/timezone", "Europe/Oslo\n");
    check_zone(__LINE__, "Europe/Oslo", NULL);
    tree_file("/etc/timezone", "Europe/Rome\n");
    check_zone(__LINE__, "Europe/Berlin", NULL);
    tree_file("/etc/timezone", "../../../etc/localtime\n");
    check_zone(__LINE__, "Europe/Berlin", NULL);
    tree_file("/etc/localtime", UTC_ZONE);
    check_zone(__LINE__, "UTC", NULL);
    tree_file("/etc/localtime", "TZif2 nowhere");
    tree_file("/etc/timezone", "");
    check_zone(__LINE__, NULL, NULL);
    tree_remove();
}

// ----- attach

static void *connect_and_write(void *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", (const char *) path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *) &address, sizeof address) != 0 || write(fd, "x", 1) != 1) {
        perror("connect");
    }
    close(fd);
    return NULL;
}

static void attach(void) {
    tree_new();
    char path[2 * PATH_MAX], too_long[300], byte = 0;
    strcpy(path, tree_path("/.java_pid1"));
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    CHECK_NUMBER(-1, svm_attach_create_listener(too_long));

    CHECK_NUMBER(0, svm_attach_check_socket_file(path));
    CHECK_NUMBER(0, svm_attach_is_init_trigger(path));
    tree_file("/.java_pid1", "stale");
    CHECK_NUMBER(0, svm_attach_check_socket_file(path));
    CHECK_NUMBER(1, svm_attach_is_init_trigger(path));
    svm_attach_startup(path);
    CHECK_NUMBER(-1, access(path, F_OK));

    const int listener = svm_attach_create_listener(path);
    struct stat status;
    CHECK(listener >= 0);
    CHECK_NUMBER(1, svm_attach_check_socket_file(path));
    CHECK_NUMBER(0, stat(path, &status));
    CHECK_NUMBER(0600, status.st_mode & 0777);
    CHECK_NUMBER(FD_CLOEXEC, fcntl(listener, F_GETFD));

    pthread_t client;
    CHECK_NUMBER(0, pthread_create(&client, NULL, connect_and_write, path));
    const int connection = svm_attach_wait_for_request(listener);
    CHECK(connection >= 0);
    CHECK_NUMBER(1, read(connection, &byte, 1));
    CHECK_NUMBER('x', byte);
    svm_attach_shutdown_socket(connection);
    close(connection);
    pthread_join(client, NULL);

    shutdown(listener, SHUT_RDWR);
    CHECK_NUMBER(-1, svm_attach_wait_for_request(listener));
    svm_attach_listener_cleanup(listener, path);
    CHECK_NUMBER(0, svm_attach_check_socket_file(path));
    svm_attach_listener_cleanup(-1, path);
    tree_remove();
}

// ----- the rest

static int64_t user_time(void) {
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_utime.tv_sec * 1000000000ll + usage.ru_utime.tv_usec * 1000ll;
}

// Until the kernel has seen this thread at work outside of system calls: how it
// divides a thread's time depends on where its clock's ticks fall.
static void burn_user_time(int64_t nanoseconds) {
    const int64_t end = user_time() + nanoseconds;
    while (user_time() < end) {
        for (volatile int spin = 0; spin < 1000000; spin++) {
        }
    }
}

static void process(void) {
    CHECK(getEnviron() == environ);
    CHECK_NUMBER(getpid(), getThreadId());

    burn_user_time(100000000);
    const int64_t tick = 1000000000ll / sysconf(_SC_CLK_TCK);
    const int64_t before = user_time();
    const int64_t time = getThreadUserTimeSlow(getThreadId());
    CHECK(time > before - tick && time <= user_time());
    CHECK_NUMBER(-1, getThreadUserTimeSlow(-5));
    // A name that looks like the end of its field must not shift the others.
    CHECK_NUMBER(0, pthread_setname_np(pthread_self(), "a) R (b"));
    CHECK(getThreadUserTimeSlow(getThreadId()) >= time);

    tree_new();
    const int fd = openSII(tree_path("/new"), O_CREAT | O_WRONLY | O_CLOEXEC, 0640);
    struct stat status;
    CHECK(fd >= 0);
    CHECK_NUMBER(0, fstat(fd, &status));
    const int folder = open(tree_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int same = openatISII(folder, "new", O_RDONLY | O_CLOEXEC, 0);
    CHECK(same >= 0);
    close(same);
    close(folder);
    FILE *const stream = fdopen(fd, "w");
    CHECK_NUMBER(7, fprintfSD(stream, "%s: %d", "abcd", 7));
    fclose(stream);
    CHECK_NUMBER(0, stat(tree_path("/new"), &status));
    CHECK_NUMBER(7, status.st_size);
    tree_remove();

    const size_t page = (size_t) sysconf(_SC_PAGESIZE);
    char *const from = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *const to = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    from[0] = 'm';
    CHECK(mremapP(from, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
    CHECK_NUMBER('m', to[0]);
    codeSynchronization_clearCache((intptr_t) to, (int64_t) page);
    munmap(to, page);
}

int main(void) {
    signals();
    locales();
    zones_of_the_variable();
    zones_of_links();
    zones_of_copies();
    attach();
    process();
    return report("chelper");
}
