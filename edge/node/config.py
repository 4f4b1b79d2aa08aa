"""``node.toml``: what one node is, where its files are, what it records and where it sends it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from edge.base.clock import Clock, SimulatedClock, SystemClock
from edge.base.model import NodeId, Strict, ZoneName
from edge.base.paths import ConfigPath
from edge.commission.config import VisitConfig
from edge.encode.settings import EncoderSettings
from edge.node.pictureconfig import EncoderConfig, SourceConfig, fits_source
from edge.panel.config import PanelConfig
from edge.seal.sealing import sealed_bytes_at_most
from edge.spool.capacity import SEGMENT_S, memory_reel_bytes, required_bytes
from edge.spool.layout import REEL_BYTES, REEL_BYTES_MIN, REELS_MAX, REELS_MIN, largest_record_bytes, record_limit_bytes
from edge.uplink.adaptation import Footage
from edge.uplink.config import UplinkConfig

RETENTION_DAYS_MIN = 2
RETENTION_DAYS_MAX = 31
_SIMULATED = "simulated:"


def _clock(name: str, info: ValidationInfo) -> str:
    if name != "system" and not (name.startswith(_SIMULATED) and len(name) > len(_SIMULATED)):
        raise ValueError(f"{name[:64]!r} is no clock; write system, or simulated:PATH in a demonstration")
    folder = info.context.get("folder") if isinstance(info.context, dict) else None
    if name == "system" or folder is None:
        return name
    return _SIMULATED + str(folder / name.removeprefix(_SIMULATED))


class SpoolConfig(Strict):
    """``[spool]``: the ring of reels.

    Attributes:
        endurance_bytes: what the card's maker rates it for, in bytes written; then heartbeats tell how long it lasts.
        keeps_footage: the card, not the server, holds the footage for ``retention_days`` (R-ASAHIKAWA-01).
        memory_bytes: of the ring in memory that takes over when the card takes nothing: 32 MiB hold under three minutes
            at 1.5 Mbit/s, and leave a board of 512 MB its room.
    """

    folder: ConfigPath
    capacity_bytes: Annotated[int, Field(ge=REELS_MIN * REEL_BYTES_MIN, le=2**44)]
    reel_bytes: Annotated[int, Field(ge=REEL_BYTES_MIN, le=2**30, multiple_of=4096)] = REEL_BYTES
    endurance_bytes: Annotated[int, Field(ge=2**30, le=10**16)] | None = None
    keeps_footage: bool = False
    memory_bytes: Annotated[int, Field(ge=REELS_MIN * REEL_BYTES_MIN, le=2**30)] = 32 * 2**20

    @model_validator(mode="after")
    def _is_a_ring(self) -> SpoolConfig:
        if not REELS_MIN <= self.capacity_bytes // self.reel_bytes <= REELS_MAX:
            raise ValueError(
                f"capacity_bytes {self.capacity_bytes} makes {self.capacity_bytes // self.reel_bytes} reels of"
                f" {self.reel_bytes} bytes; a ring has {REELS_MIN} to {REELS_MAX}"
            )
        return self


class NodeConfig(Strict):
    """The whole file.

    Attributes:
        camera: what the burnt-in text calls the camera.
        clock: ``system``; a demonstration may name a simulated clock's file.
        state: the recorder's own folder; ``run``: where position and status are published.
        retention_days: at most 31, at least 2: a month is the law's ceiling, one day is no retention
            (R-TOTTORI-06, R-SAKU-01).
    """

    node: NodeId
    camera: Annotated[str, Field(min_length=1, max_length=24, pattern=r"^[A-Za-z0-9 .-]+$")]
    timezone: ZoneName = "Asia/Tokyo"
    demo: bool = False
    clock: Annotated[str, AfterValidator(_clock)] = "system"
    root: ConfigPath
    authority: ConfigPath
    masks: ConfigPath
    state: ConfigPath
    run: ConfigPath
    retention_days: Annotated[int, Field(ge=RETENTION_DAYS_MIN, le=RETENTION_DAYS_MAX)]
    source: SourceConfig
    encoder: EncoderConfig = EncoderConfig()
    spool: SpoolConfig
    uplink: UplinkConfig
    visit: VisitConfig | None = None
    panel: PanelConfig | None = None

    # Each looks at fields that stand above its own, so that every fault is told at once, under its own path.

    @field_validator("clock")
    @classmethod
    def _clock_is_real(cls, clock: str, info: ValidationInfo) -> str:
        if clock != "system" and info.data.get("demo") is False:
            raise ValueError("a simulated clock needs demo = true")
        return clock

    @field_validator("panel")
    @classmethod
    def _panel_is_real(cls, panel: PanelConfig | None, info: ValidationInfo) -> PanelConfig | None:
        if panel is not None and panel.kind == "mock" and info.data.get("demo") is False:
            raise ValueError("kind mock needs demo = true")
        return panel

    @field_validator("source")
    @classmethod
    def _source_keeps_time(cls, source: SourceConfig, info: ValidationInfo) -> SourceConfig:
        if source.fast and info.data.get("clock") == "system":
            raise ValueError("fast: recording faster than real time needs a simulated clock")
        return source

    _encoder_does_it = field_validator("encoder")(fits_source)

    @field_validator("spool")
    @classmethod
    def _spool_holds_it(cls, spool: SpoolConfig, info: ValidationInfo) -> SpoolConfig:
        encoder, days = info.data.get("encoder"), info.data.get("retention_days")
        if encoder is None:
            return spool
        segment_bytes = _segment_bytes(encoder.bitrate_bps)
        if segment_bytes > record_limit_bytes(spool.reel_bytes):
            raise ValueError(
                f"reel_bytes: a segment at {encoder.bitrate_bps} bit/s takes up to {segment_bytes} bytes, a reel of"
                f" {spool.reel_bytes} holds {record_limit_bytes(spool.reel_bytes)}; make larger reels or lower it"
            )
        if memory_reel_bytes(spool.memory_bytes, segment_bytes) is None:
            raise ValueError(
                f"memory_bytes: {spool.memory_bytes} make no {REELS_MIN} reels that take a segment at"
                f" {encoder.bitrate_bps} bit/s, of up to {segment_bytes} bytes; give more or lower the bitrate"
            )
        needed = required_bytes(encoder.bitrate_bps, days, spool.reel_bytes) if days is not None else 0
        if spool.keeps_footage and needed > spool.capacity_bytes:
            raise ValueError(
                f"capacity_bytes: {days} days at {encoder.bitrate_bps} bit/s need {needed} bytes, the ring has"
                f" {spool.capacity_bytes}; take a larger card, a lower bitrate or fewer days"
            )
        return spool

    @property
    def zone(self) -> ZoneInfo:
        """Local time."""
        return ZoneInfo(self.timezone)

    @property
    def position(self) -> Path:
        """Where the synced position is published."""
        return self.run / "position"

    @property
    def memory(self) -> Path:
        """Where the ring in memory lies once the card takes nothing."""
        return self.run / "reels"

    @property
    def memory_reel_bytes(self) -> int:
        """Length of a reel in memory."""
        reel_bytes = memory_reel_bytes(self.spool.memory_bytes, _segment_bytes(self.encoder.bitrate_bps))
        assert reel_bytes is not None, "checked when the file was read"
        return reel_bytes

    @property
    def status(self) -> Path:
        """Where the recorder's status is published."""
        return self.run / "recorder.json"

    @property
    def visit_report(self) -> Path:
        """Where the page's process publishes the visit."""
        return self.run / "visit.json"

    @property
    def camera_lock(self) -> Path:
        """Held by the one process that has the camera."""
        return self.run / "camera.lock"

    @property
    def aim_socket(self) -> Path:
        """Where a visit's preview is served."""
        return self.run / "aim.sock"

    @property
    def collect_socket(self) -> Path:
        """Where the uplink answers a visit to collect."""
        return self.run / "collect.sock"

    @property
    def visit_ticket(self) -> Path:
        """Where uplink and first boot lay the visit ticket."""
        return self.uplink.state / "inbox" / "visit-ticket.json"

    @property
    def panel_report(self) -> Path | None:
        """Where the panel publishes what hands do; None where the node has none."""
        return None if self.panel is None or self.panel.kind == "none" else self.run / "panel.json"

    @property
    def line(self) -> Path:
        """Where the uplink publishes how long the line is quiet."""
        return self.run / "uplink.json"

    @property
    def modem(self) -> Path:
        """Where the system lays what ModemManager says of its modem."""
        return self.run / "modem.json"

    @property
    def advice(self) -> Path:
        """Where the uplink publishes its advice on the bitrate."""
        return self.uplink.state / "inbox" / "advice.json"

    @property
    def time_note(self) -> Path:
        """Where the uplink lays a desk's note of the time."""
        return self.uplink.state / "inbox" / "time-note.json"

    @property
    def mask_order(self) -> Path:
        """Where the uplink lays the city's newest mask order."""
        return self.uplink.state / "inbox" / "mask-order.json"

    @property
    def register_acknowledged(self) -> Path:
        """Where the uplink says which register entry the center has."""
        return self.uplink.state / "inbox" / "register-acknowledged.json"

    @property
    def footage(self) -> Footage:
        """What the recorder is set to, as the uplink must know it."""
        return Footage(self.encoder.rungs, self.retention_days * 86_400, self.spool.capacity_bytes)

    def open_clock(self) -> Clock:
        """Returns the clock that the file names."""
        if self.clock == "system":
            return SystemClock()
        return SimulatedClock(Path(self.clock.removeprefix(_SIMULATED)))


def _segment_bytes(bitrate_bps: int) -> int:
    """Returns the most that a segment's record takes: what the rate gives in it, and what it may run ahead."""
    settings = EncoderSettings(bitrate_bps=bitrate_bps)
    mp4_bytes = round(bitrate_bps * (SEGMENT_S + settings.vbv_s) / 8)
    return largest_record_bytes(sealed_bytes_at_most(mp4_bytes))
