"""A city's profile, ``deploy/profiles/<city>.toml``: what its nodes have in common, and the ``node.toml`` of each.

Rules:
  1. A profile is taken only where the ``node.toml`` that it makes is without fault: bounds stand in ``NodeConfig``.
  2. The card holds boot, system and state partition beside the ring.
  3. Where footage does not go to the center by itself, the card must hold the whole retention.
  4. Without a line nothing can be uploaded, asked for or not.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from edge.base.config import load, to_toml
from edge.base.errors import BadConfiguration
from edge.base.model import NodeId, Strict, ZoneName, faults, matching
from edge.node.config import NodeConfig
from edge.node.pictureconfig import EncoderConfig, SourceConfig
from edge.panel.config import PanelConfig
from edge.uplink.config import HostName
from edge.uplink.plan import Mode

PROFILES = Path(__file__).resolve().parents[2] / "deploy" / "profiles"
BOOT_BYTES, SYSTEM_BYTES, STATE_BYTES = 512 * 2**20, 8 * 2**30, 2**30
"""Partitions beside the ring: the image's own, two environments and their update, keys and what processes remember."""
ETC, STATE = "/etc/mimamori", "/var/lib/mimamori"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
CameraName = Annotated[str, Field(min_length=1, max_length=24, pattern=r"^[A-Za-z0-9 .-]+$")]
Label = Annotated[str, Field(min_length=1, max_length=80)]


class Card(Strict):
    """``[card]``: the medium that the profile is meant for.

    Attributes:
        endurance_bytes: what its maker rates it for, in bytes written; then the fleet page tells how long it lasts.
    """

    bytes: Annotated[int, Field(ge=16 * 10**9, le=2**44)]
    endurance_bytes: int | None = None


class Ring(Strict):
    """``[spool]`` without its place; bounds are those of ``SpoolConfig``."""

    capacity_bytes: int
    reel_bytes: int | None = None
    keeps_footage: bool = False


class Sending(Strict):
    """``[uplink]`` without its place and its center; bounds are those of ``UplinkConfig``."""

    upload: Mode
    rate_limit_bps: int | None = None
    quiet_hours: Annotated[tuple[str, ...], Field(strict=False)] = ()
    monthly_budget_bytes: int | None = None


class Network(Strict):
    """``[network]``: the line that the node dials out by.

    Attributes:
        apn: of LTE, the data plan's access point name.
        country: of Wi-Fi, the regulatory domain (ISO 3166).
    """

    kind: Literal["cable", "wifi", "lte", "none"]
    apn: Annotated[str, AfterValidator(matching(r"[A-Za-z0-9][A-Za-z0-9.-]*", "an access point name", 100))] | None = (
        None
    )
    country: Annotated[str, AfterValidator(matching(r"[A-Z]{2}", "a country of two capitals", 2))] = "JP"

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Network:
        if (self.apn is not None) != (self.kind == "lte"):
            raise ValueError("kind lte needs apn, the others take none")
        return self


class Board(Strict):
    """``[board]``: what of the board's own settings differs from the image's.

    Attributes:
        camera: ``auto``, or the overlay of a sensor that the firmware does not find by itself, such as ``imx477``.
    """

    camera: Annotated[str, AfterValidator(matching(r"[a-z0-9][a-z0-9_-]*", "an overlay's name, or auto", 40))] = "auto"


class Visit(Strict):
    """``[visit]`` without its place; bounds are those of ``VisitConfig``."""

    address: str
    idle_s: int | None = None
    longest_s: int | None = None


class Own(Strict):
    """What one node has of its own.

    Attributes:
        camera: what the burnt-in text calls the camera.
        label: the place, for people: work order and fleet page.
        center: host under which the node reaches the city's center.
    """

    node: NodeId
    camera: CameraName
    label: Label
    center: HostName


class Profile(Strict):
    """The whole file."""

    city: Annotated[str, Field(min_length=1, max_length=40)]
    timezone: ZoneName = "Asia/Tokyo"
    retention_days: int
    source: SourceConfig
    encoder: EncoderConfig = EncoderConfig()
    card: Card
    board: Board = Board()
    spool: Ring
    uplink: Sending
    network: Network
    visit: Visit
    panel: PanelConfig

    @model_validator(mode="after")
    def _fits_its_card(self) -> Profile:
        taken = BOOT_BYTES + SYSTEM_BYTES + STATE_BYTES + self.spool.capacity_bytes
        if taken > self.card.bytes:
            raise ValueError(
                f"spool.capacity_bytes: with boot, system and state the ring takes {taken} bytes, the card has"
                f" {self.card.bytes}; make it smaller or take a larger card"
            )
        return self

    @model_validator(mode="after")
    def _keeps_what_it_does_not_send(self) -> Profile:
        if self.uplink.upload != "all" and not self.spool.keeps_footage:
            raise ValueError(
                f"spool.keeps_footage: with upload {self.uplink.upload} the card alone holds the footage; set it true"
            )
        if self.network.kind == "none" and self.uplink.upload != "none":
            raise ValueError(f"uplink.upload: {self.uplink.upload} needs a line, network.kind is none; write none")
        return self

    @model_validator(mode="after")
    def _makes_a_node(self) -> Profile:
        try:
            NodeConfig.model_validate(node_tree(self, _ANY))
        except ValidationError as error:
            raise ValueError("\n".join(faults(error))) from error
        return self


_ANY = Own(node="any", camera="any", label="any", center="center.example")


def read_profile(name: str) -> Profile:
    """Reads a shipped profile by its city's name, or any by the path of its file.

    Raises:
        BadConfiguration: there is none such, or it is at fault; the message lists every fault, a line each.
    """
    if name.endswith(".toml"):
        return load(Path(name), Profile)
    if not _NAME.fullmatch(name) or not (PROFILES / f"{name}.toml").is_file():
        shipped = ", ".join(sorted(path.stem for path in PROFILES.glob("*.toml")))
        raise BadConfiguration(f"profile {name[:64]!r}: there are {shipped}; or give the path of a .toml file")
    return load(PROFILES / f"{name}.toml", Profile)


def node_tree(profile: Profile, own: Own) -> dict[str, Any]:
    """Returns the whole ``node.toml`` of one node, with the places of an installed node."""
    given = profile.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    spool = {"folder": "/var/spool/mimamori", **given["spool"]}
    if profile.card.endurance_bytes is not None:
        spool["endurance_bytes"] = profile.card.endurance_bytes
    return {
        "node": own.node,
        "camera": own.camera,
        "timezone": profile.timezone,
        "root": f"{ETC}/root.pub",
        "authority": f"{ETC}/authority.json",
        "masks": f"{STATE}/recorder/masks.json",
        "state": f"{STATE}/recorder",
        "run": "/run/mimamori",
        "retention_days": profile.retention_days,
        "source": given["source"],
        **({"encoder": given["encoder"]} if "encoder" in given else {}),
        "spool": spool,
        "uplink": {
            "center_url": f"https://{own.center}",
            "mqtt_host": own.center,
            "ca": f"{ETC}/ca.pem",
            "state": f"{STATE}/uplink",
            **given["uplink"],
        },
        "visit": {"state": f"{STATE}/visit", **given["visit"]},
        "panel": given["panel"],
    }


def node_toml(profile: Profile, own: Own) -> bytes:
    """Returns the file that ``mimamori check-config`` passes."""
    return to_toml(node_tree(profile, own))
