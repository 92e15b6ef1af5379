"""TCP ports on this machine: finding free ones, and telling who holds a taken one."""

from __future__ import annotations

import socket

__all__ = ["free_ports", "holder_of", "is_free", "why_not_free"]


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on this port now."""
    return why_not_free(port, host) is None


def why_not_free(port: int, host: str = "127.0.0.1") -> str | None:
    """Return what the system says when a server wants to listen on this port, or None when it may."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Return `count` different ports that nobody listens on at the moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((host, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def holder_of(port: int) -> str | None:
    """Return "NAME (pid N)" of the process that listens on a port, or None when it cannot be known."""
    # Imported late: only an error or a notice needs it, and it takes long to load.
    import psutil  # noqa: PLC0415

    try:
        connections = psutil.net_connections("tcp")
        pid = next(
            each.pid
            for each in connections
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid
        )
        return f"{psutil.Process(pid).name()} (pid {pid})"
    except (StopIteration, psutil.Error, OSError):
        return None
