"""Simulated machines: the real program of ``edge.passwords`` on a disk, a timer and accounts that live in memory.

Power cuts take what was not synced, or keep it, as the machine's own coin says. Time passes when the world says so.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from edge.base.errors import StorageFault
from edge.fleet.rotation.passwords import scram_verifier
from edge.passwords.messages import Material, parse_request
from edge.passwords.states import REVERT_S, Event
from edge.passwords.turn import Standing, Turns

GARBLED = "?"


class PowerCut(BaseException):
    """The machine is gone in the middle of what it did; no handler of its own sees that."""


@dataclass(slots=True)
class Guards:
    """What keeps a machine from being locked out; a control takes one away."""

    timer: bool = True
    start: bool = True
    settles: bool = True
    saves: bool = True


@dataclass(slots=True)
class Slot:
    """One account: the password in effect, and the one on the disk."""

    kind: str
    machine: SimulatedMachine = field(repr=False)
    effect: str
    disk: str

    def read(self) -> str:
        self.machine.step()
        return self.effect

    def take(self, material: Material) -> None:
        self.machine.change()
        self.effect = GARBLED if self.machine.garbles else given(material)

    def bring_back(self, before: str) -> None:
        self.machine.change()
        self.effect = before

    def signs_in(self, secret: str) -> bool:
        self.machine.step()
        return matches(self.effect, secret)


class SimulatedMachine:
    """One machine.

    Args:
        passwords: those that it was delivered with, by account; ``kinds`` of the same.
    """

    def __init__(
        self, node: str, passwords: Mapping[str, str], kinds: Mapping[str, str], random: Random, guards: Guards
    ) -> None:
        self.node, self.random, self.guards = node, random, guards
        self.accounts: dict[str, Slot] = {n: Slot(kinds[n], self, word, word) for n, word in passwords.items()}
        self.boot, self.on, self.full, self.garbles = "1", True, False, False
        self.now_s = 0.0
        self._steps_left: int | None = None
        self._alarm_s: float | None = None
        self._standing = self._disk = Standing()
        self.steps = 0

    def ask(self, data: bytes, *, cut_at: int | None = None) -> bytes | None:
        """Answers as the program does; None where power fails at step ``cut_at``."""
        self._steps_left = cut_at
        try:
            return Turns(self).answer(parse_request(data)).dump()
        except PowerCut:
            self._lose_power()
            return None
        finally:
            self._steps_left = None

    def advance(self, seconds: float) -> None:
        """Lets time pass; what is off starts, what is due goes back."""
        self.now_s += seconds
        if not self.on:
            self.on, self.full = True, False
            self._go_back(Event.START, wanted=self.guards.start)
        while self._alarm_s is not None and self._alarm_s <= self.now_s:
            self._alarm_s = None
            self._go_back(Event.TIME_UP, wanted=self.guards.timer)

    def _go_back(self, event: Event, *, wanted: bool) -> None:
        if not wanted:
            return
        try:
            Turns(self).go_back(event)
        except StorageFault:  # systemd calls it again: Restart=on-failure
            self._alarm_s = self.now_s + 60

    def _lose_power(self) -> None:
        self.on, self._alarm_s, self.boot = False, None, str(int(self.boot) + 1)
        for slot in self.accounts.values():
            slot.effect = slot.disk = self.random.choice((slot.effect, slot.disk))
        self._standing = self._disk

    def step(self) -> None:
        """One thing that the machine does; power may fail before it."""
        self.steps += 1
        if self._steps_left is not None:
            self._steps_left -= 1
            if self._steps_left < 0:
                raise PowerCut

    def change(self) -> None:
        """A step that needs room on the disk."""
        self.step()
        if self.full:
            raise StorageFault("no space left on device")

    def uptime_ns(self) -> int:
        return int(self.now_s * 1_000_000_000)

    def load(self) -> Standing:
        return self._standing

    def save(self, standing: Standing) -> None:
        self.change()
        self._standing = standing
        if self.guards.saves:
            self._disk = standing

    def arm(self, seconds: int) -> None:
        self.step()
        self._alarm_s = self.now_s + seconds

    def disarm(self) -> None:
        self.step()
        self._alarm_s = None

    def settle(self) -> None:
        self.step()
        if self.guards.settles:
            for slot in self.accounts.values():
                slot.disk = slot.effect

    def tell_date(self, made: int) -> None:
        self.step()

    def forget(self) -> None:
        """Has a card of before its last turn: it remembers nothing of that."""
        self._standing = self._disk = Standing()

    @property
    def armed(self) -> bool:
        """Whether a trial runs that ends by itself."""
        return self._alarm_s is not None and self._alarm_s <= self.now_s + REVERT_S


def given(material: Material) -> str:
    """Returns what a slot keeps of a material."""
    return material.get("verifier") or material.get("hash") or material["secret"]


def matches(kept: str, secret: str) -> bool:
    """Whether ``secret`` signs in where ``kept`` is in effect."""
    if kept.startswith("SCRAM"):
        return kept == scram_verifier(secret, base64.b64decode(kept.split("$")[1].split(":")[1]))
    return kept == secret
