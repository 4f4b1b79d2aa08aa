"""Which machines there are and how to reach them: ``targets.json``, which the playbook ``rotate`` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from edge.base import strictjson
from edge.base.errors import BadConfiguration, Refused
from edge.base.files import read_bounded
from edge.base.model import NodeId, Strict, faults, matching
from edge.fleet.rotation.entry import AccountName, Kind

_LIMIT_BYTES = 8 * 1024 * 1024
Host = Annotated[str, AfterValidator(matching(r"[A-Za-z0-9][A-Za-z0-9.:_-]*", "a host name or address", 255))]
User = Annotated[str, AfterValidator(matching(r"[a-z_][a-z0-9_-]*", "a user's name", 32))]


class Target(Strict):
    """One machine: a node, a center, a desk PC.

    Attributes:
        address: as ssh takes it; ``local`` for the machine that this runs on.
        ssh: further words for ssh, as a shell would take them apart: the inventory's ``ansible_ssh_common_args``.
        accounts: the kind of each, as the machine's ``rotation.json`` has them.
    """

    node: NodeId
    address: Host
    user: User = "mimamori-admin"
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    ssh: Annotated[str, Field(max_length=4096)] = ""
    accounts: Annotated[dict[AccountName, Kind], Field(min_length=1)]


class Targets(Strict):
    """All of ``targets.json``; the first machine is the canary."""

    v: Literal[1] = 1
    machines: Annotated[tuple[Target, ...], Field(strict=False, min_length=1)]


def read_targets(path: Path) -> dict[str, Target]:
    """Returns the machines by id, in their order.

    Raises:
        BadConfiguration: every fault of the file.
    """
    try:
        tree = strictjson.parse_loose(read_bounded(path, limit_bytes=_LIMIT_BYTES), limit_bytes=_LIMIT_BYTES)
        machines = Targets.model_validate(tree).machines
    except Refused as error:
        raise BadConfiguration(f"{path}: {error}") from error
    except ValidationError as error:
        raise BadConfiguration(f"{path}: " + "; ".join(faults(error)[:10])) from error
    found = {target.node: target for target in machines}
    if len(found) != len(machines):
        raise BadConfiguration(f"{path}: a machine stands in it twice; name each once")
    return found
