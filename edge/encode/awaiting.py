"""Frames that an encoder was given and whose packets have not come yet; makes access units of those that come."""

from __future__ import annotations

from dataclasses import dataclass

from edge.base.errors import Stop
from edge.encode.access_unit import AccessUnit, FrameStamp, ParameterSets, clean


@dataclass(slots=True)
class _Awaited:
    stamp: FrameStamp
    keyframe: bool


class Awaiting:
    """Those of one encoder.

    Args:
        name: the encoder's, for messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._frames: dict[int, _Awaited] = {}
        self._parameters: ParameterSets | None = None

    def __len__(self) -> int:
        return len(self._frames)

    def expect(self, key: int, stamp: FrameStamp, *, keyframe: bool) -> None:
        """A frame goes in; its packet will be known by ``key``, and is an IDR where ``keyframe`` asks for one."""
        self._frames[key] = _Awaited(stamp, keyframe)

    def unit(self, key: int | None, data: bytes) -> AccessUnit:
        """Returns the access unit of a packet.

        Raises:
            Stop: no frame has that key, the bytes are no access unit, or it is no IDR though it was asked to be.
        """
        awaited = None if key is None else self._frames.pop(key, None)
        if awaited is None:
            raise Stop(f"encoder {self._name} returned a packet of time {key}, which no frame has")
        data, parameters = clean(data, self._parameters)
        if awaited.keyframe and parameters is None:
            raise Stop(f"encoder {self._name} made no IDR of frame {awaited.stamp.number}, though it was asked to")
        self._parameters = parameters or self._parameters
        return AccessUnit(data, parameters is not None, awaited.stamp)

    def left_out_before(self, key: int) -> None:
        """The encoder makes nothing of the frames before ``key`` any more."""
        for earlier in [earlier for earlier in self._frames if earlier < key]:
            del self._frames[earlier]
