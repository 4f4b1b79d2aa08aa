"""Pictures of a video file with the time each is shown, checked as they come.

Rules:
  1. What cannot be opened, holds no video or no picture, is damaged or cut off: BadInput, one line. Pictures before the
     damage are handed out first. Damage that the decoder conceals inside a picture is not noticed.
  2. A picture of another size than the first ends it (masks would not fit).
  3. Times come from the file's timestamps, counted from the first picture; one that is missing or does not rise is
     taken as one nominal period later. A picture shown for more than 10 s is damage.
  4. Rotation in the file's metadata is not applied: the picture comes as it is stored, and masks are drawn on that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from edge.base.clock import SECOND_US
from edge.base.errors import BadInput
from edge.capture.timestamps import BestEffort

LONGEST_US = 10 * SECOND_US
_SHORT_US = SECOND_US // 2
_DEFAULT_RATE = Fraction(25)


@dataclass(frozen=True, slots=True)
class Shown:
    """A decoded picture, shown from ``from_us`` until ``until_us`` of media time."""

    image: av.VideoFrame
    from_us: int
    until_us: int


class Recording:
    """One video file, open.

    Attributes:
        size: width and height of its pictures as stored.
        rate: average frames a second that the file states; 25 where it states none.

    Raises:
        BadInput: missing, unreadable, not a video, without a video stream or without a picture.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container = _opened(path)
        try:
            self._stream = _video_stream(self._container, path)
            self.rate = self._stream.average_rate or self._stream.guessed_rate or _DEFAULT_RATE
            self._timestamps = BestEffort()
            self._images = self._decoded()
            self._first = next(self._images, None)
            if self._first is None:
                raise BadInput(f"{path}: holds no picture; give a video with at least one")
        except BaseException:
            self.close()
            raise
        self.size = self._first.width, self._first.height

    def shown(self, begin_us: int = 0) -> Iterator[Shown]:
        """Yields every picture once, in order, the first at ``begin_us``."""
        image, at_us = self._first, begin_us
        assert image is not None
        zero_us = (self._stamp_us(image) or 0) - begin_us
        for following in self._images:
            self._check(following)
            next_us = self._time_after(at_us, following, zero_us)
            yield Shown(image, at_us, next_us)
            image, at_us = following, next_us
        yield Shown(image, at_us, at_us + self._period_us)

    def close(self) -> None:
        """Gives the file back."""
        self._container.close()

    @property
    def _period_us(self) -> int:
        return max(1, round(SECOND_US / self.rate))

    def _time_after(self, at_us: int, image: av.VideoFrame, zero_us: int) -> int:
        stamp_us = self._stamp_us(image)
        if stamp_us is None or stamp_us - zero_us <= at_us:
            return at_us + self._period_us
        if stamp_us - zero_us - at_us > LONGEST_US:
            raise BadInput(
                f"{self._path}: its times jump by {(stamp_us - zero_us - at_us) // SECOND_US} s at "
                f"{at_us // SECOND_US} s; the limit is {LONGEST_US // SECOND_US} s, so mend or re-encode it"
            )
        return stamp_us - zero_us

    def _stamp_us(self, image: av.VideoFrame) -> int | None:
        stamp = self._timestamps.choose(image.pts, image.dts)
        base = image.time_base
        return None if stamp is None or base is None else round(stamp * base.numerator * SECOND_US / base.denominator)

    def require(self, width: int, height: int) -> None:
        """Raises BadInput where its pictures no longer have the size that masks were drawn for."""
        if self.size != (width, height):
            raise self._resized((width, height), self.size)

    def _check(self, image: av.VideoFrame) -> None:
        if (image.width, image.height) != self.size:
            raise self._resized(self.size, (image.width, image.height))

    def _resized(self, was: tuple[int, int], now: tuple[int, int]) -> BadInput:
        return BadInput(
            f"{self._path}: the picture size changed from {was[0]}x{was[1]} to {now[0]}x{now[1]}, "
            "so masks would not fit; give a video of one size"
        )

    def _decoded(self) -> Iterator[av.VideoFrame]:
        packets, first, end = 0, None, 0
        try:
            for packet in self._container.demux(self._stream):
                if packet.is_corrupt:
                    raise BadInput(f"{self._path}: cut off or damaged after {packets} packets; give a whole file")
                stamp = packet.dts if packet.pts is None else packet.pts
                if packet.size and stamp is not None:
                    first = stamp if first is None else min(first, stamp)
                    end = max(end, stamp + (packet.duration or 0))
                packets += packet.size > 0
                yield from packet.decode()
        except av.error.FFmpegError as error:
            raise BadInput(
                f"{self._path}: damaged after {packets} packets ({error.strerror}); give a whole file"
            ) from error
        self._require_whole(first or 0, end)

    def _require_whole(self, first: int, end: int) -> None:
        """Compares where the stream began and ended, in its time base, with the length that the file states, if any."""
        missing_us = self._missing_us(first, end)
        if missing_us > max(_SHORT_US, 2 * self._period_us):
            raise BadInput(
                f"{self._path}: cut off, {float(missing_us / SECOND_US):.1f} s short of the length that it states; "
                "give a whole file"
            )

    def _missing_us(self, first: int, end: int) -> Fraction:
        base = self._stream.time_base
        if base is None:
            return Fraction(0)
        if self._stream.duration:
            return (self._stream.duration - (end - first)) * base * SECOND_US
        return _matroska_end_us(self._container, self._stream) - end * base * SECOND_US


def _opened(path: Path) -> InputContainer:
    # "file:" keeps a name like "http:x" or "concat:x" from being taken for a protocol.
    try:
        return av.open(f"file:{path}", mode="r")
    except OSError as error:
        raise BadInput(f"{path}: cannot be opened ({error.strerror}); give the path of a readable video") from error
    except (av.error.FFmpegError, ValueError) as error:
        reason = error.strerror if isinstance(error, av.error.FFmpegError) else error
        raise BadInput(f"{path}: not a video that can be read ({reason}); give a whole video file") from error


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    if not container.streams.video:
        raise BadInput(f"{path}: has no video stream; give a file with pictures")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise BadInput(f"{path}: its video stream has no known decoder; re-encode it, for example as H.264")
    stream.codec_context.thread_count = 1
    return stream


def _matroska_end_us(container: InputContainer, stream: VideoStream) -> Fraction:
    """Returns where Matroska and WebM say that the stream ends, 0 where they do not; their streams have no duration.

    The tag is what ffmpeg and mkvmerge write for each stream; the whole file's length counts only for its one stream,
    because sound may go on longer.
    """
    tag = re.fullmatch(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d{1,9})?)", stream.metadata.get("DURATION", ""))
    if tag:
        return (int(tag[1]) * 3600 + int(tag[2]) * 60 + Fraction(tag[3])) * SECOND_US
    alone = "matroska" in container.format.name and len(container.streams) == 1
    return Fraction(container.duration or 0) if alone else Fraction(0)
