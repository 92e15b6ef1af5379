"""A key distribution centre (KDC) of MIT Kerberos of a test's own: plain processes, with all files in one folder.

with running_kdc(tmp_path) as kdc:
    keytab = kdc.add("alice")
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.files import write_text
from kafka_native._system.ports import free_ports

from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["REALM", "Kdc", "running_kdc"]

REALM = "WALK.TEST"
_PROGRAMS = {"kdb5_util": "krb5-kdc", "krb5kdc": "krb5-kdc", "kadmin.local": "krb5-admin-server"}
"""The programs, and the packages of Debian and Ubuntu that have them."""

_MASTER_PASSWORD = "master-secret"

_CLIENT_CONFIG = """\
[libdefaults]
  default_realm = {realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  rdns = false
  udp_preference_limit = 1
[realms]
  {realm} = {{
    kdc = 127.0.0.1:{port}
  }}
[domain_realm]
  localhost = {realm}
"""

_KDC_CONFIG = """\
[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:{port}
[realms]
  {realm} = {{
    database_name = {folder}/principal
    key_stash_file = {folder}/stash
    acl_file = {folder}/kadm5.acl
    supported_enctypes = aes256-cts-hmac-sha1-96:normal
  }}
[logging]
  kdc = FILE:{folder}/kdc.log
"""


def _program(name: str) -> str:
    """Return the path of a program, which may be one of the administrator's and not in the path of a user."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"not run: there is no {name}; install the package {_PROGRAMS[name]}")
    return found


@dataclass(frozen=True)
class Kdc:
    """A KDC of one realm.

    Args:
        folder: Where its database, its configuration and all key tables are.
        port: Its TCP port on 127.0.0.1.
    """

    folder: Path
    port: int

    @property
    def config(self) -> Path:
        """The file `krb5.conf` for clients and brokers."""
        return self.folder / "krb5.conf"

    @property
    def java_option(self) -> str:
        """What tells Java of it."""
        return f"-Djava.security.krb5.conf={self.config}"

    @property
    def environment(self) -> dict[str, str]:
        """What tells the programs of MIT Kerberos of it."""
        profile = {"KRB5_CONFIG": str(self.config), "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf")}
        return os.environ | profile

    def add(self, principal: str) -> Path:
        """Add a principal with a random key, and return a key table with that key."""
        keytab = self.folder / f"{principal.replace('/', '-')}.keytab"
        self._administer(f"addprinc -randkey {principal}")
        self._administer(f"ktadd -k {keytab} -norandkey {principal}")
        return keytab

    def change_key(self, principal: str) -> None:
        """Give a principal another key, so that key tables made before are of no use."""
        self._administer(f"cpw -randkey {principal}")

    def _administer(self, query: str) -> None:
        self.run("kadmin.local", "-r", REALM, "-q", query)

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of MIT Kerberos, which must succeed."""
        argv = [_program(program), *arguments]
        done = subprocess.run(argv, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"

    def answers(self) -> bool:
        """Return whether it accepts connections."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


@contextlib.contextmanager
def running_kdc(folder: Path) -> Iterator[Kdc]:
    """Run a KDC with an empty database while the block runs; the test is skipped where its programs are missing."""
    programs = {name: _program(name) for name in _PROGRAMS}
    kdc = Kdc(folder, free_ports(1)[0])
    write_text(kdc.config, _CLIENT_CONFIG.format(realm=REALM, port=kdc.port))
    write_text(folder / "kdc.conf", _KDC_CONFIG.format(realm=REALM, port=kdc.port, folder=folder))
    kdc.run("kdb5_util", "create", "-s", "-r", REALM, "-P", _MASTER_PASSWORD)
    with subprocess.Popen([programs["krb5kdc"], "-n", "-r", REALM], env=kdc.environment) as process:
        try:
            wait_until(kdc.answers, "the KDC accepts connections")
            yield kdc
        finally:
            process.terminate()
