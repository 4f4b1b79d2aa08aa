"""A segment's file: standalone fragmented MP4, written in memory by libavformat.

The file is ``ftyp``, ``moov``, one ``moof``, one ``mdat`` and nothing after it. Its clock ticks in microseconds, so the
time of each picture is the segment's start plus its PTS, exactly. It says nothing of its maker or of when it was made.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction

import av
from av.packet import Packet

from edge.base.clock import SECOND_US
from edge.base.errors import Stop
from edge.encode.access_unit import AccessUnit, Nal, split_nals

_TICK = Fraction(1, SECOND_US)
_OPTIONS = {
    # skip_trailer: no mfra, which would be a second index to keep true.
    "movflags": "frag_keyframe+empty_moov+default_base_moof+skip_trailer",
    "fflags": "+bitexact",
    "video_track_timescale": str(SECOND_US),
}


def fragmented_mp4(units: Sequence[AccessUnit], durations_us: Sequence[int]) -> bytes:
    """Returns the file of one segment.

    Args:
        units: the first is an IDR; its SPS and PPS become the ``avcC``.
        durations_us: how long each picture is shown, one a unit, each above zero.

    Raises:
        Stop: no IDR first, or libavformat failed.
    """
    if not units or not units[0].keyframe:
        raise Stop("a segment must begin with an IDR; this one would not decode on its own")
    try:
        data = _mux(units, durations_us)
    except (av.FFmpegError, ValueError) as error:
        raise Stop(f"segment of {len(units)} frames cannot be written as MP4: {error}") from error
    if not _has_parameter_sets(data, units[0]):
        raise Stop("segment was written without its parameter sets, so it would not decode; PyAV 18 or later is needed")
    return data


def _has_parameter_sets(data: bytes, first: AccessUnit) -> bool:
    """Whether the SPS and PPS of the first unit stand in the file's header, where decoders look for them."""
    nals = split_nals(first.data)
    header = data[: data.find(b"moof")]
    return nals[0][0] & 0x1F == Nal.SPS and all(nal in header for nal in nals[:2])


def _mux(units: Sequence[AccessUnit], durations_us: Sequence[int]) -> bytes:
    output = io.BytesIO()
    with av.open(output, "w", format="mp4", options=_OPTIONS) as container:
        stamp = units[0].stamp
        stream = container.add_mux_stream("h264", width=stamp.width, height=stamp.height, time_base=_TICK)
        stream.metadata["handler_name"] = "video"
        pts_us = 0
        for unit, duration_us in zip(units, durations_us, strict=True):
            packet = Packet(unit.data)
            packet.stream, packet.time_base = stream, _TICK
            packet.pts = packet.dts = pts_us
            packet.duration, packet.is_keyframe = duration_us, unit.keyframe
            container.mux(packet)
            pts_us += duration_us
    return output.getvalue()
