"""What the compilers are told: word for word, for GraalVM's driver and for the bare builder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from kafka_native.toolchain.assembled import AssembledToolchain
from kafka_native.toolchain.embedded import embedded_metadata
from kafka_native.toolchain.graalvm import GraalvmToolchain
from kafka_native.toolchain.jdk import Jdk
from kafka_native.toolchain.options import NativeImageOptions, render_builder_arguments, render_driver_arguments

_ID = "01234567-89ab-cdef-0123-456789abcdef"
_LEAST = NativeImageOptions(
    main_class="Main",
    class_path=(Path("/classes"),),
    output=Path("/out/name"),
    build_id=_ID,
    mostly_static=False,
    exit_handlers=False,
)
_ALL = NativeImageOptions(
    main_class="a.Main",
    class_path=(Path("/classes"), Path("/jars/a.jar")),
    output=Path("/out/name"),
    build_id=_ID,
    optimize="size",
    march="x86-64-v3",
    monitoring=("heapdump", "jmxserver"),
    url_protocols=("http", "https"),
    metadata_folders=(Path("/metadata/one"), Path("/metadata/two")),
    hosted=("+AddAllCharsets", "Preserve=package=a.*,package=b.*"),
    initialize_at_build_time=("a.A", "b"),
)


def test_the_driver_with_all_options() -> None:
    assert render_driver_arguments(_ALL) == [
        *("-cp", "/classes:/jars/a.jar", "--no-fallback", "-Os"),
        "-march=x86-64-v3",
        "--static-nolibc",
        "--install-exit-handlers",
        "--enable-monitoring=heapdump,jmxserver",
        "--enable-url-protocols=http,https",
        "--initialize-at-build-time=a.A,b",
        "-H:+UnlockExperimentalVMOptions",
        f"-H:ImageBuildID={_ID}",
        "-H:ConfigurationFileDirectories=/metadata/one,/metadata/two",
        "-H:+AddAllCharsets",
        "-H:Preserve=package=a.*,package=b.*",
        *("-o", "/out/name", "a.Main"),
    ]


def test_the_driver_with_no_option() -> None:
    assert render_driver_arguments(_LEAST) == [
        *("-cp", "/classes", "--no-fallback", "-O2"),
        f"-H:ImageBuildID={_ID}",
        *("-o", "/out/name", "Main"),
    ]


def test_the_builder_with_all_options() -> None:
    arguments = render_builder_arguments(
        _ALL,
        c_library_path=(Path("/c/glibc"), Path("/c")),
        embedded={"ResourceConfigurationResources": ("b", "c"), "JNIConfigurationResources": ("a",)},
    )
    assert arguments == [
        *("-imagecp", "/classes:/jars/a.jar", "-H:+UnlockExperimentalVMOptions"),
        *("-H:Path=/out", "-H:Name=name", "-H:Class=a.Main"),
        *("-H:FallbackThreshold=0", "-H:Optimize=s"),
        "-H:CLibraryPath=/c/glibc,/c",
        "-H:MicroArchitecture=x86-64-v3",
        "-H:+StaticExecutableWithDynamicLibC",
        "-H:+InstallExitHandlers",
        "-H:EnableMonitoringFeatures=heapdump,jmxserver",
        "-H:EnableURLProtocols=http,https",
        "-H:ClassInitialization=a.A:build_time,b:build_time",
        "-H:JNIConfigurationResources=a",
        "-H:ResourceConfigurationResources=b,c",
        "-H:+UnlockExperimentalVMOptions",
        f"-H:ImageBuildID={_ID}",
        "-H:ConfigurationFileDirectories=/metadata/one,/metadata/two",
        "-H:+AddAllCharsets",
        "-H:Preserve=package=a.*,package=b.*",
    ]


def test_the_builder_with_no_option() -> None:
    assert render_builder_arguments(_LEAST, c_library_path=(), embedded={}) == [
        *("-imagecp", "/classes", "-H:+UnlockExperimentalVMOptions"),
        *("-H:Path=/out", "-H:Name=name", "-H:Class=Main"),
        *("-H:FallbackThreshold=0", "-H:Optimize=2"),
        f"-H:ImageBuildID={_ID}",
    ]


@pytest.mark.parametrize(("optimize", "level"), [("quick", "b"), ("speed", "2"), ("size", "s")])
def test_the_levels_of_optimization(optimize: str, level: str) -> None:
    options = NativeImageOptions("Main", (), Path("/out/name"), _ID, optimize=optimize)  # type: ignore[arg-type] # str
    assert f"-O{level}" in render_driver_arguments(options)
    assert f"-H:Optimize={level}" in render_builder_arguments(options, c_library_path=(), embedded={})


def _jar(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return path


def test_metadata_inside_jars_is_found(tmp_path: Path) -> None:
    root = "META-INF/native-image"
    first = _jar(
        tmp_path / "first.jar",
        f"{root}/org/x/resource-config.json",
        f"{root}/org/x/native-image.properties",
        f"{root}/jni-config.json",
        "META-INF/elsewhere/reflect-config.json",
    )
    second = _jar(
        tmp_path / "second.jar",
        *(f"{root}/b/{name}-config.json" for name in ("reflect", "resource", "proxy", "serialization")),
        f"{root}/b/reachability-metadata.json",
    )
    (tmp_path / "folder").mkdir()
    (tmp_path / "library.so").write_text("no zip")
    assert embedded_metadata([tmp_path / "folder", second, first, tmp_path / "library.so"]) == {
        "DynamicProxyConfigurationResources": (f"{root}/b/proxy-config.json",),
        "JNIConfigurationResources": (f"{root}/jni-config.json",),
        "ReachabilityMetadataResources": (f"{root}/b/reachability-metadata.json",),
        "ReflectionConfigurationResources": (f"{root}/b/reflect-config.json",),
        "ResourceConfigurationResources": (f"{root}/b/resource-config.json", f"{root}/org/x/resource-config.json"),
        "SerializationConfigurationResources": (f"{root}/b/serialization-config.json",),
    }


def test_jars_without_metadata_give_no_options(tmp_path: Path) -> None:
    assert embedded_metadata([_jar(tmp_path / "plain.jar", "a/B.class")]) == {}


def _words(text: str) -> list[str]:
    """Read an argument file as `java` does (JDK, src/java.base/share/native/libjli/args.c)."""
    words, word, quote, characters = [], "", "", iter(text)
    for character in characters:
        if character == "\\" and quote:
            following = next(characters)
            word += {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}.get(following, following)
        elif character in "\"'" and quote in ("", character):
            quote = "" if quote else character
        elif character.isspace() and not quote:
            words += [word] if word else []
            word = ""
        else:
            word += character
    return [*words, word] if word else words


_STRANGE = ("with space", 'a "quoted" one', "back\\slash\\", "it's", "#hash", "\\n is no newline")


def test_java_reads_back_what_the_builder_is_told(tmp_path: Path) -> None:
    java = tmp_path / "home/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho module@1; echo exports one.package; echo contains another\n")
    java.chmod(0o755)
    toolchain = AssembledToolchain(tmp_path, Jdk(tmp_path / "home", "25.0.3+9", "Vendor"), "", "")
    options = NativeImageOptions("Main", (Path("/with space"),), Path("/out/name"), _ID, hosted=_STRANGE)
    argv, environment = toolchain.command(options, tmp_path)
    assert argv == [str(java), f"@{tmp_path}/builder.args"]
    words = _words((tmp_path / "builder.args").read_text(encoding="utf-8"))
    assert words[-len(_STRANGE) :] == [f"-H:{option}" for option in _STRANGE]
    assert words[words.index("-imagecp") + 1] == "/with space"
    assert words[words.index("--module") + 1].endswith("hosted.NativeImageGeneratorRunner")
    modules = ("java.base", "java.management", "jdk.internal.vm.ci", "jdk.jfr", "jdk.management")
    exported = [word.partition("=")[2].split("=")[0] for word in words if word.startswith("--add-exports=")]
    assert exported == [f"{module}/{package}" for module in modules for package in ("another", "one.package")]
    assert environment["LC_ALL"] == "C.UTF-8"


def test_the_driver_is_told_the_same_way(tmp_path: Path) -> None:
    toolchain = GraalvmToolchain(Jdk(Path("/graalvm"), "25.0.2+10", "Vendor"))
    options = NativeImageOptions("Main", (Path("/with space"),), Path("/out/name"), _ID, hosted=_STRANGE)
    argv, _ = toolchain.command(options, tmp_path)
    assert argv == ["/graalvm/bin/native-image", f"@{tmp_path}/native-image.args"]
    assert _words((tmp_path / "native-image.args").read_text(encoding="utf-8")) == render_driver_arguments(options)
