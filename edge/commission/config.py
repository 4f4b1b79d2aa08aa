"""``[visit]`` of ``node.toml``: where the installer's page listens, and how long a visit may last."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from edge.base.model import Strict
from edge.base.paths import ConfigPath
from edge.wire.decommissioning import REQUEST


def _on_site(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError as error:
        raise ValueError(f"{address[:64]!r} is no address; write that of the on-site interface") from error
    if parsed.is_unspecified:
        raise ValueError(f"{address} means every interface; write the address of the on-site one")
    return address


class VisitConfig(Strict):
    """``[visit]``: the installer's page; a node without it takes no visits.

    Attributes:
        state: folder that only the page's process writes.
        address: of the on-site interface, the only one that the page listens on.
        http_port: for the probes by which a phone finds the page.
        collect_port: where the desk collects in a visit to collect.
        idle_s: without a touch the visit ends; ``longest_s``: it ends anyway.
    """

    state: ConfigPath
    address: Annotated[str, AfterValidator(_on_site)]
    https_port: Annotated[int, Field(ge=1, le=65535)] = 443
    http_port: Annotated[int, Field(ge=1, le=65535)] = 80
    collect_port: Annotated[int, Field(ge=1, le=65535)] = 8444
    idle_s: Annotated[int, Field(ge=10, le=900)] = 900
    longest_s: Annotated[int, Field(ge=10, le=2700)] = 2700

    @property
    def signoff(self) -> Path:
        """The newest sign-off, for the recorder."""
        return self.state / "signoff.json"

    @property
    def register(self) -> Path:
        """The camera's register entry, for the uplink; personal data."""
        return self.state / "register" / "entry.json"

    @property
    def events(self) -> Path:
        """What happened in visits, for the recorder to sign."""
        return self.state / "visits.jsonl"

    @property
    def decommission(self) -> Path:
        """What a visit asks to have destroyed, for root."""
        return self.state / REQUEST

    @model_validator(mode="after")
    def _ports_differ(self) -> VisitConfig:
        ports = [self.https_port, self.http_port, self.collect_port]
        if len(set(ports)) < len(ports):
            raise ValueError(f"https_port, http_port and collect_port are {ports}; give three different ones")
        return self
