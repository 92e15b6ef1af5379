// SPDX-License-Identifier: Apache-2.0
// The socket of the attach mechanism (jcmd and friends), for com.oracle.svm.core.posix.attach.AttachHelper. The client makes a
// trigger file and sends SIGQUIT; the process answers with a Unix socket that only its own user (or root) may use.
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "chelper.h"

enum { NO_SOCKET = -1, BACKLOG = 5 };

static bool is_trusted(uid_t user) {
    return user == geteuid() || user == 0;
}

// A socket left behind by a dead process that had our process id would look like ours.
void svm_attach_startup(const char *socket_path) {
    unlink(socket_path);
}

// Shutting the listener down makes a blocked accept return, so that the listening thread can end.
void svm_attach_listener_cleanup(int listener, const char *socket_path) {
    if (listener != NO_SOCKET) {
        shutdown(listener, SHUT_RDWR);
        close(listener);
    }
    unlink(socket_path);
}

// Whether the socket file is still there and ours; cleaners of temporary folders like to remove it.
int svm_attach_check_socket_file(const char *socket_path) {
    struct stat status;
    return lstat(socket_path, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_uid == geteuid();
}

// A trigger made by somebody else must not make us open a socket.
int svm_attach_is_init_trigger(const char *trigger_path) {
    struct stat status;
    return lstat(trigger_path, &status) == 0 && is_trusted(status.st_uid);
}

static bool fill_address(struct sockaddr_un *address, const char *path, const char *suffix) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    const int length = snprintf(address->sun_path, sizeof address->sun_path, "%s%s", path, suffix);
    return length > 0 && (size_t) length < sizeof address->sun_path;
}

static bool restrict_to_owner(const char *path) {
    return chmod(path, S_IRUSR | S_IWUSR) == 0 && chown(path, geteuid(), getegid()) == 0;
}

// Bind under a temporary name: the real name must never be there before its permissions are right.
int svm_attach_create_listener(const char *socket_path) {
    struct sockaddr_un address;
    if (!fill_address(&address, socket_path, ".tmp")) {
        errno = ENAMETOOLONG;
        return NO_SOCKET;
    }
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) {
        return NO_SOCKET;
    }
    unlink(address.sun_path);
    if (bind(listener, (const struct sockaddr *) &address, sizeof address) == 0) {
        if (restrict_to_owner(address.sun_path) && listen(listener, BACKLOG) == 0 &&
            rename(address.sun_path, socket_path) == 0) {
            return listener;
        }
        unlink(address.sun_path);
    }
    close(listener);
    return NO_SOCKET;
}

static bool peer_is_trusted(int connection) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && is_trusted(peer.uid);
}

// The next connection of a trusted peer, or -1 when the listener was shut down.
int svm_attach_wait_for_request(int listener) {
    for (;;) {
        const int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection >= 0) {
            if (peer_is_trusted(connection)) {
                return connection;
            }
            close(connection);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return NO_SOCKET;
        }
    }
}

void svm_attach_shutdown_socket(int socket_fd) {
    shutdown(socket_fd, SHUT_RDWR);
}
