"""What first boot has done, kept over power cuts, and said on the console and by the board's own light."""

from __future__ import annotations

from contextlib import suppress

from edge.firstboot.system import System

FOLDER = "/var/lib/mimamori-firstboot"
DONE = f"{FOLDER}/done"
_STEPS = f"{FOLDER}/steps"
_LIGHTS = ("/sys/class/leds/ACT", "/sys/class/leds/led0")
_WORKING_MS, _FAILED_MS = 500, 100


class Progress:
    """The steps that are done; a step counts once its line is synced."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._done = (system.read(_STEPS) or "").splitlines()

    def has(self, step: str) -> bool:
        """Whether a step is done."""
        return step in self._done

    def add(self, step: str) -> None:
        """Notes a step, once everything that it wrote is on the card."""
        self._system.sync()
        self._done.append(step)
        self._system.write(_STEPS, "".join(f"{one}\n" for one in self._done).encode())

    def finish(self) -> None:
        """Notes that the node is made; first boot never runs again."""
        self._system.write(DONE, b"")


class Light:
    """The board's activity light: slow while it works, fast once a person must look, the card's own again at the end.

    A board without one is served all the same.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._folder = next((path for path in _LIGHTS if system.exists(path)), None)

    def work(self) -> None:
        """Blinks once a second."""
        self._blink(_WORKING_MS)

    def fail(self) -> None:
        """Blinks five times a second."""
        self._blink(_FAILED_MS)

    def rest(self) -> None:
        """Shows the card's activity, as without us."""
        self._set("trigger", "mmc0")

    def _blink(self, half_ms: int) -> None:
        self._set("trigger", "timer")
        self._set("delay_on", str(half_ms))
        self._set("delay_off", str(half_ms))

    def _set(self, name: str, value: str) -> None:
        if self._folder is not None:
            with suppress(OSError):
                self._system.at(f"{self._folder}/{name}").write_text(value, encoding="ascii")
