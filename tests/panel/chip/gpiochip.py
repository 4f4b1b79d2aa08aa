"""The simulated chip: lines that a process claims, hands that pull at them, and a diary of what was driven."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass

from tests.panel.chip import calls

LINES = 54
REVISION = 0x902120
"""Raspberry Pi Zero 2 W, 512 MB (raspberrypi.com, "New-style revision codes")."""


class NotAllowed(Exception):
    """The kernel's answer is an error number."""

    def __init__(self, number: int) -> None:
        super().__init__(errno.errorcode[number])
        self.number = number


@dataclass(slots=True)
class Line:
    """One pin.

    Attributes:
        held_by: descriptor of the one who claimed it; none while nobody has. An output stays as it was driven then, as
            the Raspberry Pi's driver may leave it (``persist_gpio_outputs``).
        place: of it among the lines of that descriptor.
        pulled: to ground by a switch.
    """

    held_by: int | None = None
    place: int = 0
    flags: int = 0
    value: int = 0
    pulled: bool = False
    consumer: bytes = b""

    @property
    def output(self) -> bool:
        """Whether it is driven."""
        return bool(self.flags & calls.OUTPUT)

    @property
    def level(self) -> int:
        """What a voltmeter says: as driven, else pulled by the switch, else by the resistor that was asked for."""
        if self.output:
            return self.value
        return 0 if self.pulled else int(bool(self.flags & calls.PULL_UP))


class Chip:
    """All lines of a board.

    Attributes:
        diary: (line, level) at each change of what is driven, in order.
        told: called at each, while the process waits.
        registers: descriptor of what is at ``/dev/gpiomem``; none on a board that has none.
    """

    def __init__(self) -> None:
        self.registers: int | None = None
        self.told: Callable[[int, int], None] = lambda _number, _level: None
        self.lines = [Line() for _ in range(LINES)]
        self.diary: list[tuple[int, int]] = []

    def about(self) -> bytes:
        """Answers GPIO_GET_CHIPINFO_IOCTL."""
        return struct.pack("<32s32sI", b"gpiochip0", b"pinctrl-bcm2835", LINES)

    def info(self, asked: bytes) -> bytes:
        """Answers GPIO_V2_GET_LINEINFO_IOCTL."""
        number = calls.INFO.unpack(asked)[2]
        line = self._line(number)
        flags = calls.INPUT if line.held_by is None else line.flags | calls.USED
        return calls.INFO.pack(f"GPIO{number}".encode(), line.consumer, number, 0, flags, b"", b"")

    def claim(self, asked: bytes, give: Callable[[], int]) -> int:
        """Carries out GPIO_V2_GET_LINE_IOCTL; the lines are of the descriptor that ``give`` makes; returns that.

        Raises:
            NotAllowed: EBUSY, a line is claimed already; EINVAL, no such line or a direction that is none.
        """
        *numbers, consumer, flags, attributes, _, _, _, _, _, values, count = calls.REQUEST.unpack(asked)[:-7]
        numbers = numbers[:count]
        if not numbers or bool(flags & calls.INPUT) is bool(flags & calls.OUTPUT):
            raise NotAllowed(errno.EINVAL)
        if any(self._line(number).held_by is not None for number in numbers):
            raise NotAllowed(errno.EBUSY)
        levels, descriptor = _first_levels(values, attributes), give()
        for place, number in enumerate(numbers):
            line = self.lines[number]
            line.held_by, line.place, line.flags, line.consumer = descriptor, place, flags, consumer
            self._drive(number, levels >> place & 1 if line.output else 0)
        return descriptor

    def values(self, descriptor: int, asked: bytes) -> bytes:
        """Answers GPIO_V2_LINE_GET_VALUES_IOCTL."""
        _, mask = calls.VALUES.unpack(asked)
        levels = sum(line.level << line.place for line in map(self._line, self._of(descriptor)))
        return calls.VALUES.pack(levels & mask, mask)

    def set_values(self, descriptor: int, asked: bytes) -> None:
        """Carries out GPIO_V2_LINE_SET_VALUES_IOCTL.

        Raises:
            NotAllowed: EPERM, a line is an input.
        """
        levels, mask = calls.VALUES.unpack(asked)
        for number in self._of(descriptor):
            line = self.lines[number]
            if mask >> line.place & 1:
                if not line.output:
                    raise NotAllowed(errno.EPERM)
                self._drive(number, levels >> line.place & 1)

    def release(self, descriptor: int | None = None) -> None:
        """Frees the lines of a descriptor that is closed; all, where the process has ended."""
        for line in self.lines:
            if descriptor is None or line.held_by == descriptor:
                line.held_by, line.consumer = None, b""

    def _drive(self, number: int, value: int) -> None:
        line, value = self.lines[number], int(bool(value))
        if value != line.value:
            line.value = value
            self.diary.append((number, value))
            self.told(number, value)

    def _line(self, number: int) -> Line:
        if number >= LINES:
            raise NotAllowed(errno.EINVAL)
        return self.lines[number]

    def _of(self, descriptor: int) -> list[int]:
        return [number for number, line in enumerate(self.lines) if line.held_by == descriptor]


def _first_levels(attributes: bytes, count: int) -> int:
    """Returns the levels that a request gives its outputs; low where it says nothing."""
    for number in range(count):
        which, _, value, mask = calls.ATTRIBUTE.unpack_from(attributes, number * calls.ATTRIBUTE.size)
        if which == calls.OUTPUT_VALUES:
            return int(value & mask)
    return 0


def revision_file() -> int:
    """Returns a descriptor of what ``/proc/device-tree/system/linux,revision`` holds on a board."""
    made = os.memfd_create("linux,revision")
    os.write(made, struct.pack(">I", REVISION))
    os.lseek(made, 0, os.SEEK_SET)
    return made
