"""The GPIO registers of a BCM2711 (datasheet of its peripherals, chapter 5) as a page of memory that RPi.GPIO maps.

A page of memory does nothing by itself: what is driven shows as the last write to a set or clear register, and levels
are what the test writes.
"""

from __future__ import annotations

import mmap
import os
import struct

PAGE = 4096
_FUNCTIONS, _SET, _CLEAR, _LEVELS, _PULLS = 0x00, 0x1C, 0x28, 0x34, 0xE4


class Registers:
    """One board's.

    Attributes:
        file: descriptor of the page.
    """

    def __init__(self) -> None:
        self.file = os.memfd_create("gpiomem")
        os.truncate(self.file, PAGE)
        self._page = mmap.mmap(self.file, PAGE)

    def close(self) -> None:
        """Gives the page back."""
        self._page.close()
        os.close(self.file)

    def is_output(self, pin: int) -> bool:
        """Whether the pin's function is output."""
        return self._field(_FUNCTIONS + pin // 10 * 4, pin % 10 * 3, 7) == 1

    def is_pulled_up(self, pin: int) -> bool:
        """Whether the pin's resistor pulls up."""
        return self._field(_PULLS + pin // 16 * 4, pin % 16 * 2, 3) == 1

    def hold(self, *pins: int) -> None:
        """Makes these pins read high, and no others."""
        struct.pack_into("<I", self._page, _LEVELS, sum(1 << pin for pin in pins))

    def last(self) -> tuple[int, int]:
        """Returns the pins, as bits, of the last write to set and to clear; forgets them."""
        found = tuple(struct.unpack_from("<I", self._page, at)[0] for at in (_SET, _CLEAR))
        for at in (_SET, _CLEAR):
            struct.pack_into("<I", self._page, at, 0)
        return found[0], found[1]

    def _field(self, at: int, shift: int, mask: int) -> int:
        return int(struct.unpack_from("<I", self._page, at)[0]) >> shift & mask
