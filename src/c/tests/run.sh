#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compile the C libraries as the toolchain does and run their tests.
# JAVA_HOME names a JDK (for jni.h), CC the compiler, EXTRA_CFLAGS more options such as -fsanitize=address,undefined.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${JAVA_HOME:?set JAVA_HOME to a JDK}"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

compile() { # OUTPUT SOURCE...
    output=$1
    shift
    # shellcheck disable=SC2086
    "${CC:-cc}" -std=gnu11 -O2 -fPIC -Wall -Wextra -Werror -fvisibility=hidden ${EXTRA_CFLAGS:-} \
        -I "$here/../include" -I "$JAVA_HOME/include" -I "$JAVA_HOME/include/linux" -o "$output" "$@" -lpthread -ldl
}

failed=0
run() { # NAME SOURCE...
    name=$1
    shift
    compile "$out/$name" "$here/$name.c" "$@"
    "$out/$name" || failed=1
}

run test_container "$here"/../svm_container/*.c
run test_chelper "$here"/../libchelper/*.c
run test_cpu "$here"/../libchelper/*.c
run test_jvm "$here"/../libjvm/*.c
for name in crc32c ghash; do
    case $(uname -m) in
    x86_64) run "test_$name" "$here/../instructions/$name.c" ;;
    *) run "test_$name" ;;
    esac
done
compile "$out/libreporterchelper.so" -shared "$here"/../reporterchelper/*.c
exit "$failed"
