"""What to compile, and how: options of native-image in words, rendered for the driver or for the bare builder.

Pure functions only. The driver is GraalVM's `native-image` command; the builder is the Java program that it starts,
whose options are spelled differently (class com.oracle.svm.driver.APIOptionHandler holds the driver's translations).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NativeImageOptions", "Optimize", "render_builder_arguments", "render_driver_arguments"]

Optimize = Literal["quick", "speed", "size"]

_LEVEL: Final[dict[Optimize, str]] = {"quick": "b", "speed": "2", "size": "s"}


@dataclass(frozen=True)
class NativeImageOptions:
    """One native executable to be.

    Args:
        main_class: Its main class.
        class_path: Jars and folders of classes, in order.
        output: The executable's path.
        build_id: A UUID that ends up in the executable; the same for the same inputs, so that builds repeat.
        optimize: "quick" builds fastest, "speed" is the builder's usual level 2, "size" makes the smallest.
        march: Machine type as `native-image -march=list` names it, or None for the builder's default.
        mostly_static: Link everything but the C library statically.
        exit_handlers: Let SIGTERM and SIGINT run shutdown hooks.
        monitoring: Features such as "jmxserver" or "heapdump".
        url_protocols: Protocols of java.net.URL besides file and resource.
        metadata_folders: Folders with a reachability-metadata.json.
        hosted: Options of the builder itself, without their `-H:`, for instance "+MetadataTracingSupport".
        initialize_at_build_time: Classes or packages whose static state is computed while building.
    """

    main_class: str
    class_path: tuple[Path, ...]
    output: Path
    build_id: str
    optimize: Optimize = "speed"
    march: str | None = None
    mostly_static: bool = True
    exit_handlers: bool = True
    monitoring: tuple[str, ...] = ()
    url_protocols: tuple[str, ...] = ()
    metadata_folders: tuple[Path, ...] = ()
    hosted: tuple[str, ...] = ()
    initialize_at_build_time: tuple[str, ...] = field(default=())

    @property
    def joined_class_path(self) -> str:
        """The class path as Java takes it."""
        return ":".join(str(entry) for entry in self.class_path)


def render_driver_arguments(options: NativeImageOptions) -> list[str]:
    """Return the arguments of GraalVM's `native-image` command."""
    arguments = ["-cp", options.joined_class_path, "--no-fallback", f"-O{_LEVEL[options.optimize]}"]
    arguments += _flag("-march=", (options.march,) if options.march else ())
    arguments += ["--static-nolibc"] if options.mostly_static else []
    arguments += ["--install-exit-handlers"] if options.exit_handlers else []
    arguments += _flag("--enable-monitoring=", options.monitoring)
    arguments += _flag("--enable-url-protocols=", options.url_protocols)
    arguments += _flag("--initialize-at-build-time=", options.initialize_at_build_time)
    arguments += _common(options)
    return [*arguments, "-o", str(options.output), options.main_class]


def render_builder_arguments(
    options: NativeImageOptions, *, c_library_path: tuple[Path, ...], embedded: dict[str, tuple[str, ...]]
) -> list[str]:
    """Return the arguments of com.oracle.svm.hosted.NativeImageGeneratorRunner.

    Args:
        options: What to compile.
        c_library_path: Folders with the C headers and archives of the C helper libraries.
        embedded: Metadata files inside the jars of the class path: builder option to resource names. The driver finds
            these by itself; the builder must be told.
    """
    arguments = ["-imagecp", options.joined_class_path, "-H:+UnlockExperimentalVMOptions"]
    arguments += [f"-H:Path={options.output.parent}", f"-H:Name={options.output.name}"]
    arguments += [f"-H:Class={options.main_class}"]
    arguments += ["-H:FallbackThreshold=0", f"-H:Optimize={_LEVEL[options.optimize]}"]
    arguments += _flag("-H:CLibraryPath=", tuple(str(folder) for folder in c_library_path))
    arguments += _flag("-H:MicroArchitecture=", (options.march,) if options.march else ())
    arguments += ["-H:+StaticExecutableWithDynamicLibC"] if options.mostly_static else []
    arguments += ["-H:+InstallExitHandlers"] if options.exit_handlers else []
    arguments += _flag("-H:EnableMonitoringFeatures=", options.monitoring)
    arguments += _flag("-H:EnableURLProtocols=", options.url_protocols)
    arguments += _flag(
        "-H:ClassInitialization=", tuple(f"{name}:build_time" for name in options.initialize_at_build_time)
    )
    for option, resources in sorted(embedded.items()):
        arguments += _flag(f"-H:{option}=", resources)
    return arguments + _common(options)


def _common(options: NativeImageOptions) -> list[str]:
    arguments = [] if not options.hosted and not options.metadata_folders else ["-H:+UnlockExperimentalVMOptions"]
    arguments += [f"-H:ImageBuildID={options.build_id}"]
    arguments += _flag("-H:ConfigurationFileDirectories=", tuple(str(folder) for folder in options.metadata_folders))
    return arguments + [f"-H:{option}" for option in options.hosted]


def _flag(name: str, values: tuple[str, ...]) -> list[str]:
    return [name + ",".join(values)] if values else []
