"""Connections to servers, each through the proxy that the environment names for it, since urllib3 reads none.

`http_proxy`, `https_proxy` and `no_proxy` are read by the standard library's rules
(https://docs.python.org/3/library/urllib.request.html#urllib.request.getproxies). What listens on this machine is
never asked for through a proxy, as by Docker and other programs in Go
(https://pkg.go.dev/net/http#ProxyFromEnvironment).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import urllib3

__all__ = ["Connections", "login_headers"]


class Connections:
    """Pools of connections, one a server. Threads may share them.

    Args:
        options: Of urllib3's `PoolManager`, for all of them.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - urllib3's
        self._options = options
        self._pools: dict[tuple[str, str], urllib3.PoolManager] = {}

    def request(self, method: str, url: str, **more: Any) -> urllib3.BaseHTTPResponse:  # noqa: ANN401 - urllib3's
        """Send a request, with whatever else urllib3's `request` takes.

        Raises:
            urllib3.exceptions.HTTPError: When there is no answer.
        """
        scheme, server = urlsplit(url)[:2]
        if (scheme, server) not in self._pools:
            self._pools.setdefault((scheme, server), self._pool(url))
        return self._pools[scheme, server].request(method, url, **more)

    def _pool(self, url: str) -> urllib3.PoolManager:
        # Imported late: most commands speak to nobody, and must start fast.
        from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

        import urllib3  # noqa: PLC0415

        parts = urlsplit(url)
        host = parts.hostname or ""
        proxy = None if _is_loopback(host) or proxy_bypass(host) else getproxies().get(parts.scheme)
        if not proxy:
            return urllib3.PoolManager(**self._options)
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        return urllib3.ProxyManager(proxy, proxy_headers=login_headers(proxy, "proxy_basic_auth"), **self._options)


def login_headers(url: str, kind: str) -> dict[str, str]:
    """Return the header for a user name and password in a URL; `kind` is urllib3's name for the header."""
    import urllib3  # noqa: PLC0415 - as above

    user, at, _ = urlsplit(url).netloc.rpartition("@")
    return dict(urllib3.make_headers(**{kind: unquote(user)})) if at else {}  # type: ignore[arg-type]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
