"""The builder's own command line: which Java options the image builder needs on a stock JDK.

Derived from GraalVM's driver (com.oracle.svm.driver.NativeImage) and from what the builder refuses to run without;
docs/explanation/toolchain.md tells the reason for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafka_native._system.commands import run
from kafka_native.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["GRAALVM_VERSION", "render_java_options"]

GRAALVM_VERSION: Final = "25.0.2"

_MAIN = "org.graalvm.nativeimage.builder/com.oracle.svm.hosted.NativeImageGeneratorRunner"
_BUILDER_MODULES = ",".join(
    (
        "ALL-UNNAMED",
        "jdk.graal.compiler",
        "org.graalvm.collections",
        "org.graalvm.nativeimage",
        "org.graalvm.nativeimage.base",
        "org.graalvm.nativeimage.builder",
        "org.graalvm.nativeimage.configure",
        "org.graalvm.nativeimage.libgraal",
        "org.graalvm.nativeimage.objectfile",
        "org.graalvm.nativeimage.pointsto",
        "org.graalvm.truffle.compiler",
        "org.graalvm.word",
    )
)
_EXPORTED_MODULES = ("java.base", "java.management", "jdk.internal.vm.ci", "jdk.jfr", "jdk.management")
_PROPERTIES = {
    "com.oracle.graalvm.isaot": "true",
    "file.encoding": "UTF-8",
    "java.lang.invoke.InnerClassLambdaMetafactory.initializeLambdas": "false",
    "java.lang.invoke.MethodHandle.DONT_INLINE_THRESHOLD": "-1",
    "java.lang.invoke.MethodHandle.PROFILE_GWT": "false",
    "java.system.class.loader": "com.oracle.svm.hosted.NativeImageSystemClassLoader",
    "jdk.internal.lambda.disableEagerInitialization": "true",
    "jdk.internal.lambda.eagerlyInitialize": "false",
    "org.graalvm.nativeimage.imagecode": "buildtime",
    "org.graalvm.vendor": "kafka-native",
    "org.graalvm.vendorversion": f"kafka-native {GRAALVM_VERSION}",
    "org.graalvm.version": GRAALVM_VERSION,
    "substratevm.HostLibC": "glibc",
    "substratevm.IgnoreGraalVersionCheck": "true",
    "user.country": "US",
    "user.language": "en",
}


def render_java_options(java: Path, builder_jars: Sequence[Path]) -> list[str]:
    """Return the options with which `java` runs the builder, up to and including the main class.

    Args:
        java: The assembled home's `java`; asked for the packages of some modules.
        builder_jars: The builder's jars.
    """
    compiler = [jar for jar in builder_jars if jar.name.startswith("compiler-")]
    others = [jar for jar in builder_jars if jar not in compiler]
    return [
        "-XX:+UseParallelGC",
        "-XX:MaxRAMPercentage=70",
        "-XX:+UnlockExperimentalVMOptions",
        "-XX:+EnableJVMCI",
        "-XX:-UseJVMCICompiler",
        "-Xss10m",
        "-Xshare:off",
        *(f"-D{name}={value}" for name, value in _PROPERTIES.items()),
        "--enable-native-access=org.graalvm.nativeimage.builder",
        # Kept in the executable: libraries of Kafka's that use sun.misc.Unsafe would warn of it at each end (JEP 498).
        "--sun-misc-unsafe-memory-access=allow",
        "--add-modules=ALL-DEFAULT",
        *_exports(java),
        f"--module-path={':'.join(map(str, others))}",
        f"--upgrade-module-path={':'.join(map(str, compiler))}",
        "--module",
        _MAIN,
    ]


def _exports(java: Path) -> list[str]:
    return [
        f"--add-exports={module}/{package}={_BUILDER_MODULES}"
        for module in (*_EXPORTED_MODULES, "java.desktop")
        for package in _packages(java, module)
        if module != "java.desktop" or package.startswith("sun.java2d")
    ]


def _packages(java: Path, module: str) -> list[str]:
    """Return every package of a module; `java --describe-module` prints exported and contained ones."""
    result = run([java, "-XX:+UnlockExperimentalVMOptions", "-XX:+EnableJVMCI", "--describe-module", module])
    if result.returncode != 0:
        raise ToolchainError(f"the JDK cannot describe its module {module}", details=result.tail())
    packages = set()
    for line in result.output.splitlines():
        match line.split():
            case ["qualified", "exports", package, *_] | [("exports" | "contains"), package, *_]:
                packages.add(package)
    return sorted(packages)
