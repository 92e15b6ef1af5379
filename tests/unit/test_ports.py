"""Ports of this machine."""

from __future__ import annotations

import os
import socket

from kafka_native._system.ports import free_ports, holder_of, is_free, why_not_free


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)


def test_a_taken_port_and_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert why_not_free(port) == "Address already in use"
        holder = holder_of(port)
    assert holder is not None
    assert f"(pid {os.getpid()})" in holder
    assert is_free(port)
    assert holder_of(port) is None


def test_a_host_of_another_machine() -> None:
    assert why_not_free(0, "192.0.2.1") == "Cannot assign requested address"
