"""The recorder's status: a small file in the run directory that the uplink and the panel read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from edge.base.clock import ClockQuality
from edge.base.model import Hex16, Hex32, NodeId, OpaqueId, Strict, Utc, read_json, to_json

STATUS_LIMIT_BYTES = 16 * 1024
FAULTS_AT_MOST = 16
FAULT_LIMIT = 200
"""Characters of one fault's text."""
SLOW_SYNC_MS = 1000
COUNT_LIMIT = 2**53
Count = Annotated[int, Field(ge=0, lt=COUNT_LIMIT)]
FaultText = Annotated[str, Field(max_length=FAULT_LIMIT)]


class RecorderState(StrEnum):
    """What the recorder does."""

    STARTING = "starting"
    RECORDING = "recording"
    BLANKED = "blanked"
    """It records, with the whole picture painted over: no valid masks, a failed self-check, or moved."""
    FAULT = "fault"
    STOPPED = "stopped"


class RecorderStatus(Strict):
    """What the recorder says of itself.

    Attributes:
        message: why the state is not ``recording``; empty otherwise.
        faults: every fault in force, by its name; ``message`` is the oldest one's in full.
        frames_waiting: frames that the camera numbered and that no synced record accounts for yet.
        accounted_until: end of the newest synced SEGMENT or GAP.
        gaps_24h: seconds without footage in the last 24 h (to ten minutes), by cause, rounded up.
        evicted_24h: records lost unreceipted in the last 24 h (to ten minutes).
        slow_syncs_24h: records of the last 24 h that took the card more than ``SLOW_SYNC_MS`` to write and sync.
        slowest_sync_24h_ms: the longest that one took in the last 24 h, milliseconds.
        bitrate_bps: the encoder's limit now; below the configured one where the line could not carry that.
        guard: the moved-camera guard's newest look: ``in-place``, ``moved``, ``lost``, ``unverifiable``.
        view: ``clear``, ``dark``, ``covered``, ``defocused``.
        mask_order: number of the newest mask order that was taken; 0 before the first.
        mask_order_refused: why the one that the center offers is not taken; empty where nothing is wrong.
        night: whether the camera exposes for the night; none where it does not tell. The panel moves the infrared
            filter and switches the infrared light by it.
        self_check: UTC of the newest passed look at the masked pixels.
    """

    node: NodeId
    updated: Utc
    boot: Hex16
    state: Annotated[RecorderState, Field(strict=False)]
    message: Annotated[str, Field(max_length=400)]
    faults: Annotated[dict[OpaqueId, FaultText], Field(max_length=FAULTS_AT_MOST)]
    frames_seen: Count
    frames_encoded: Count
    frames_missed: Count
    frames_waiting: Count
    segments: Count
    accounted_until: Utc | None
    gaps_24h: Annotated[dict[OpaqueId, Count], Field(max_length=32)]
    evicted_24h: Count
    slow_syncs_24h: Count
    slowest_sync_24h_ms: Count
    masks: Hex32 | None
    floor: Hex32 | None
    guard: OpaqueId | None
    view: OpaqueId | None
    night: bool | None = None
    mask_order: Count
    mask_order_refused: FaultText
    clock: Annotated[ClockQuality, Field(strict=False)]
    self_check: Utc | None
    key_list_version: Count
    key_list_expires: Utc | None
    spool_bytes: Count
    bitrate_bps: Count
    firmware: Annotated[str, Field(max_length=64)]


def dump_status(status: RecorderStatus) -> bytes:
    """Returns the file's bytes."""
    return to_json(status)


def read_status(path: Path) -> RecorderStatus:
    """Reads the status file.

    Raises:
        BadInput: missing or unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    return read_json(RecorderStatus, path, limit_bytes=STATUS_LIMIT_BYTES)
