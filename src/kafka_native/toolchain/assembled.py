"""The second provider: a native-image toolchain put together from a stock JDK 25, the builder's jars and our C code.

The parts: the builder from Maven Central, a JDK 25 of this machine or of the distribution, static JDK libraries built
from the JDK's sources, helper libraries from `src/c`. They are joined in one folder of the cache, which stays whole
when a JDK of the machine that it was made from goes away.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kafka_native import reporting
from kafka_native._system.files import (
    digest_of_text,
    exclusive,
    explain_os_errors,
    read_json,
    replace_folder,
    sha256_of,
    staging_folder,
    tag_cache,
    write_json,
)
from kafka_native.distribution import ensure_artifacts
from kafka_native.errors import FetchError, KafkaNativeError, PrerequisiteError, ToolchainError
from kafka_native.pins import load_lock
from kafka_native.settings import bundled
from kafka_native.toolchain import jdk_sources, private_jdk, static_libraries
from kafka_native.toolchain.builder import GRAALVM_VERSION, render_java_options
from kafka_native.toolchain.debian import PrivateApt
from kafka_native.toolchain.embedded import embedded_metadata
from kafka_native.toolchain.helper_libraries import compile_helper_libraries, helper_sources_digest
from kafka_native.toolchain.jdk import Jdk, find_jdks, load_jdk
from kafka_native.toolchain.options import NativeImageOptions, render_builder_arguments
from kafka_native.toolchain.system_packages import JDK_BUILD, ensure_packages

if TYPE_CHECKING:
    from kafka_native.settings import Settings

__all__ = ["STEPS", "AssembledToolchain", "ensure_assembled", "find_assembled"]

_LAYOUT_REVISION = "1"
_UNNEEDED = {"jmods", "man", "src.zip", "docs", "demo"}
_FEATURE = 25
_LOCK = f"graalvm-{GRAALVM_VERSION}"
_BUILDER_TITLE = f"native-image builder {GRAALVM_VERSION}"
_ASSEMBLE_TITLE = "assembling the native-image toolchain"

STEPS = (
    reporting.PlannedStep(_BUILDER_TITLE, 10),
    reporting.PlannedStep(jdk_sources.TITLE, 20),
    reporting.PlannedStep(static_libraries.TITLE, 160),
    reporting.PlannedStep(_ASSEMBLE_TITLE, 15),
)
"""What installing does; a JDK of our own comes on top where the machine has none."""


@dataclass(frozen=True)
class AssembledToolchain:
    """A toolchain in the cache.

    Args:
        folder: Its folder, with `home/`, `builder/` and `manifest.json`.
        jdk: The JDK copy inside it.
        inputs_digest: One SHA-256 over everything that went in.
        static_libraries_digest: One SHA-256 over the static JDK libraries.
    """

    folder: Path
    jdk: Jdk
    inputs_digest: str
    static_libraries_digest: str
    provider: str = "assembled"

    @property
    def identity(self) -> str:
        """What the executables that it makes depend on."""
        return f"assembled {self.inputs_digest} {self.jdk.version} {self.jdk.vendor} {self.static_libraries_digest}"

    def command(self, options: NativeImageOptions, work_dir: Path) -> tuple[list[str], dict[str, str]]:
        """Return the command that compiles, and its environment.

        Args:
            options: What to compile.
            work_dir: Receives the argument file.
        """
        libraries = self.jdk.home / "lib/svm/clibraries"
        arguments = render_builder_arguments(
            options,
            c_library_path=(libraries / _PLATFORM / "glibc", libraries / _PLATFORM, libraries),
            embedded=embedded_metadata(options.class_path),
        )
        jars = sorted((self.folder / "builder").glob("*.jar"))
        words = [*render_java_options(self.jdk.java, jars), *arguments]
        argument_file = work_dir / "builder.args"
        argument_file.write_text("\n".join(map(_quoted, words)) + "\n", encoding="utf-8")
        return [str(self.jdk.java), f"@{argument_file}"], _environment()


_PLATFORM = f"linux-{'amd64' if os.uname().machine == 'x86_64' else os.uname().machine}"


def _quoted(argument: str) -> str:
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
    return kept | {
        "USE_NATIVE_IMAGE_JAVA_PLATFORM_MODULE_SYSTEM": "true",
        "JVMCI_VERSION_CHECK": "ignore",
        "LC_ALL": "C.UTF-8",  # the executable's encodings are those of the builder
    }


def _inputs_digest() -> str:
    return digest_of_text(
        _LAYOUT_REVISION,
        *(f"{each.sha256} {each.path}" for each in load_lock(_LOCK)),
        helper_sources_digest(),
        os.environ.get("NATIVE_KAFKA_JDK_HOME", ""),
    )


def _folder(settings: Settings) -> Path:
    return settings.cache_dir / "toolchains" / _inputs_digest()[:16]


def find_assembled(settings: Settings) -> AssembledToolchain | None:
    """Return the toolchain that these sources would assemble, if it is in the cache."""
    folder = _folder(settings)
    manifest = read_json(folder / "manifest.json")
    if manifest is None:
        return None
    jdk = Jdk(folder / "home", manifest["jdk_version"], manifest["jdk_vendor"])
    return AssembledToolchain(folder, jdk, manifest["inputs_digest"], manifest["static_libraries_digest"])


def ensure_assembled(settings: Settings) -> AssembledToolchain:
    """Assemble the toolchain, unless it is in the cache.

    Raises:
        PrerequisiteError: When system packages are missing and may not be installed, or the disk is full.
        FetchError: When a part cannot be downloaded.
        ToolchainError: When a part does not build, or the JDK and the JDK sources do not match.
    """
    with (
        exclusive(settings.cache_dir / "locks" / "toolchain", "assembling the toolchain"),
        explain_os_errors("assembling the native-image toolchain", settings.cache_dir),
    ):
        if found := find_assembled(settings):
            return found
        tag_cache(settings.cache_dir)
        ensure_packages(JDK_BUILD)
        jars = _ensure_builder(settings)
        jdk, sources = _matching_jdk_and_sources(settings)
        libraries = static_libraries.ensure_static_libraries(jdk, sources.archive, settings.cache_dir)
        return _assemble(settings, jars, jdk, libraries)


def _ensure_builder(settings: Settings) -> list[Path]:
    return list(ensure_artifacts(load_lock(_LOCK), settings, title=_BUILDER_TITLE).values())


def _matching_jdk_and_sources(settings: Settings) -> tuple[Jdk, jdk_sources.JdkSources]:
    """Return a JDK 25 and JDK sources of the same version, from the cache and this machine if possible."""
    jdks = [jdk for jdk in find_jdks() if jdk.feature == _FEATURE]
    for sources in jdk_sources.cached_sources(settings.cache_dir):
        if jdk := _of_version(sources.version, jdks, settings):
            return jdk, sources
    apt = PrivateApt(settings.cache_dir / "apt")
    try:
        apt.update()
        return _fetch_matching(jdks, apt, settings)
    except (FetchError, PrerequisiteError) as error:
        raise _with_jdks(error, jdks) from error


def _fetch_matching(jdks: list[Jdk], apt: PrivateApt, settings: Settings) -> tuple[Jdk, jdk_sources.JdkSources]:
    """Try the sources that may be had one by one: first those that a JDK of this machine fits."""
    archives = jdk_sources.sources_on_offer(apt)
    fitting = [each for each in archives if _of_version(each.version, jdks, settings)]
    if not fitting:
        _refuse_explicit_mismatch(jdks, " or ".join(each.version for each in archives))
    others = [] if os.environ.get("NATIVE_KAFKA_JDK_HOME") else [each for each in archives if each not in fitting]
    *first, last = [*fitting, *others]
    for archive in first:
        try:
            return _fetch_one(archive, jdks, apt, settings)
        except FetchError as error:
            reporting.current().info(f"{error.message}; trying another version")
    return _fetch_one(last, jdks, apt, settings)


def _fetch_one(
    archive: jdk_sources.SourceArchive, jdks: list[Jdk], apt: PrivateApt, settings: Settings
) -> tuple[Jdk, jdk_sources.JdkSources]:
    sources = jdk_sources.fetch_sources(archive, settings.cache_dir)
    jdk = _of_version(sources.version, jdks, settings)
    return jdk or private_jdk.ensure_private_jdk(sources.version, apt, settings.cache_dir), sources


def _of_version(version: str, jdks: list[Jdk], settings: Settings) -> Jdk | None:
    found = next((jdk for jdk in jdks if jdk.version == version), None)
    if found or os.environ.get("NATIVE_KAFKA_JDK_HOME"):
        return found  # what the user points to is used or refused, never passed over
    return private_jdk.cached_private_jdk(version, settings.cache_dir)


def _refuse_explicit_mismatch(jdks: list[Jdk], version: str) -> None:
    if os.environ.get("NATIVE_KAFKA_JDK_HOME"):
        found = str(jdks[0]) if jdks else f"the JDK in {os.environ['NATIVE_KAFKA_JDK_HOME']} is no JDK {_FEATURE}"
        raise ToolchainError(
            f"the JDK does not match the JDK sources: {found}, the sources are {version}, "
            "and the static libraries of one do not fit the other",
            hint=f"use a JDK {version}, or unset NATIVE_KAFKA_JDK_HOME: a matching one is then fetched",
        )
    if jdks:
        others = "; ".join(map(str, jdks))
        reporting.current().info(f"no JDK here matches the JDK sources {version} ({others}); fetching one that does")


def _with_jdks(error: KafkaNativeError, jdks: list[Jdk]) -> KafkaNativeError:
    found = "\n".join(map(str, jdks)) or f"no JDK {_FEATURE} on this machine"
    return type(error)(error.message, hint=error.hint, details=f"{error.details or ''}\n{found}".strip())


def _assemble(settings: Settings, jars: list[Path], jdk: Jdk, libraries: Path) -> AssembledToolchain:
    destination = _folder(settings)
    with reporting.current().step(_ASSEMBLE_TITLE) as step, staging_folder(destination.parent, "toolchain") as staged:
        step.update("copying the JDK")
        _copy_tree(jdk.home, staged / "home")
        step.update("compiling the C helper libraries")
        _add_libraries(staged / "home", libraries)
        (staged / "builder").mkdir()
        for jar in jars:
            _link_or_copy(jar, staged / "builder" / jar.name)
        write_json(staged / "manifest.json", _manifest(jars, jdk, libraries))
        replace_folder(staged, destination)
    found = find_assembled(settings)
    if found is None or load_jdk(found.jdk.home) is None:
        raise ToolchainError(f"the toolchain in {destination} is not whole", hint=f"remove {destination}, run it again")
    return found


def _copy_tree(source: Path, target: Path) -> None:
    """Copy a folder, and stop at the first refusal, such as a full disk (shutil.copytree goes on and forgets which)."""
    for folder, folders, names in os.walk(source, followlinks=True):
        folders[:] = sorted(set(folders) - _UNNEEDED)
        made = target / Path(folder).relative_to(source)
        made.mkdir(parents=True)
        for name in sorted(set(names) - _UNNEEDED):
            if Path(folder, name).exists():  # Debian's JDK has links into /etc that may lead nowhere
                _link_or_copy(Path(folder, name), made / name)


def _link_or_copy(source: Path, target: Path) -> None:
    """Link a file if it is on the same file system; copy what a link points to, so that the copy stands alone."""
    real = source.resolve()
    try:
        target.hardlink_to(real)
    except OSError:
        shutil.copy2(real, target)


def _add_libraries(home: Path, libraries: Path) -> None:
    static = home / "lib/static" / _PLATFORM / "glibc"
    static.mkdir(parents=True, exist_ok=True)
    for library in libraries.glob("*.a"):
        _link_or_copy(library, static / library.name)
    svm = home / "lib/svm"
    _copy_tree(bundled("src/c/include"), svm / "clibraries" / _PLATFORM / "include")
    compile_helper_libraries(
        home / "include",
        svm / "clibraries" / _PLATFORM / "glibc",
        svm / "builder/lib/libreporterchelper.so",
    )


def _manifest(jars: list[Path], jdk: Jdk, libraries: Path) -> dict[str, Any]:
    archives = sorted(libraries.glob("*.a"))
    return {
        "graalvm_version": GRAALVM_VERSION,
        "jdk_version": jdk.version,
        "jdk_vendor": jdk.vendor,
        "jdk_home": str(jdk.home),
        "inputs_digest": _inputs_digest(),
        "static_libraries_digest": digest_of_text(*(f"{path.name} {sha256_of(path)}" for path in archives)),
        "builder_jars": {jar.name: sha256_of(jar) for jar in jars},
    }
