"""Delegation tokens by Kafka's own tool: no other client has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .sasl import jaas

if TYPE_CHECKING:
    from ..java_tools import JavaTools, ToolResult
    from .sasl import Login

__all__ = ["DelegationToken", "TokenCommand"]

_COMMAND = "org.apache.kafka.tools.DelegationTokenCommand"


@dataclass(frozen=True)
class DelegationToken:
    """A token.

    Args:
        token_id: Its id, which is the user name of who logs in with it.
        hmac: The password that belongs to it.
    """

    token_id: str
    hmac: str

    def java(self) -> dict[str, str]:
        """Return what Kafka's own tools need to log in with it."""
        module = jaas("SCRAM-SHA-256", username=self.token_id, password=self.hmac, tokenauth="true")
        mechanism = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-256"}
        return mechanism | {"sasl.jaas.config": module}


@dataclass(frozen=True)
class TokenCommand:
    """kafka-delegation-tokens, as one user.

    Args:
        tools: Runs it.
        servers: The address of a listener with SASL.
        login: The user.
    """

    tools: JavaTools
    servers: str
    login: Login

    def create(self, *, max_lifetime_ms: int = -1) -> DelegationToken:
        """Create a token of the user's own."""
        output = self.must("--create", "--max-life-time-period", str(max_lifetime_ms))
        token_id, hmac = output.strip().splitlines()[-1].split()[:2]
        return DelegationToken(token_id, hmac)

    def describe(self, owner: str) -> str:
        """Return the table of the tokens of an owner that the user may see."""
        return self.must("--describe", "--owner-principal", f"User:{owner}")

    def must(self, *arguments: str) -> str:
        """Run the tool, which must succeed."""
        result = self.run(*arguments)
        assert result.exit_code == 0, f"{result.output}{result.errors}"
        return result.output

    def run(self, *arguments: str) -> ToolResult:
        """Run the tool."""
        config = self.tools.config(f"{self.login.user}.properties", self.login.java())
        return self.tools.run(_COMMAND, "--bootstrap-server", self.servers, "--command-config", config, *arguments)
