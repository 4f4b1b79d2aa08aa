"""Numbers and structures of the kernel's interface (seccomp, linux/gpio.h) as the simulated chip needs them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

GPIO_TYPE = 0xB4


@dataclass(frozen=True, slots=True)
class Calls:
    """System calls by number."""

    openat: int
    close: int
    ioctl: int
    seccomp: int


CALLS = {"x86_64": Calls(257, 3, 16, 317), "aarch64": Calls(56, 57, 29, 277)}


def both_ways(kind: int, number: int, size: int) -> int:
    """Returns _IOWR's value."""
    return 3 << 30 | size << 16 | kind << 8 | number


NOTIFICATION = struct.Struct("<QIIiIQ6Q")
"""id, pid, flags; then the call: number, architecture, address, arguments."""
ANSWER = struct.Struct("<QqiI")
"""id, value, minus error, flags."""
ADDED = struct.Struct("<QIIII")
"""id, flags, our descriptor, theirs, its flags."""
RECEIVE = both_ways(0x21, 0, NOTIFICATION.size)
SEND = both_ways(0x21, 1, ANSWER.size)
ADD = 1 << 30 | ADDED.size << 16 | 0x21 << 8 | 3
ADDED_ANSWERS = 1 << 1
"""The descriptor's number is the call's answer."""
GOES_ON = 1
"""The call is carried out as if nobody had looked."""

CHIP_INFO = 2 << 30 | 68 << 16 | GPIO_TYPE << 8 | 1
INFO = struct.Struct("<32s32sIIQ160s16s")
"""name, consumer, line, number of attributes, flags, attributes, reserve."""
REQUEST = struct.Struct("<64I32sQI5I240sII5Ii")
"""lines; consumer; flags, number of attributes, reserve, attributes; number of lines, buffer, reserve, descriptor."""
ATTRIBUTE = struct.Struct("<IIQQ")
"""which, reserve, value, mask of the lines that it is for."""
VALUES = struct.Struct("<QQ")
"""levels, mask of lines; bits by the order in which lines were asked for."""
LINE_INFO, LINE = both_ways(GPIO_TYPE, 5, INFO.size), both_ways(GPIO_TYPE, 7, REQUEST.size)
GET_VALUES, SET_VALUES = both_ways(GPIO_TYPE, 14, VALUES.size), both_ways(GPIO_TYPE, 15, VALUES.size)
OUTPUT_VALUES = 2
"""An attribute: the first levels."""
USED, INPUT, OUTPUT, PULL_UP = 1 << 0, 1 << 2, 1 << 3, 1 << 8
