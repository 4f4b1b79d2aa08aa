"""What each decision does to the world."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from edge.seal.record import BLOCK_BYTES
from edge.spool.writer import REELS_TRIED
from tests.simulation.card import Killed, PowerCut
from tests.simulation.city import DAY_US, SECOND_US, make_command
from tests.simulation.decisions import MODES, QUIET, TROUBLES, Decision, clock_at_boot
from tests.simulation.world import World

_YEARS_US = 10 * 365 * DAY_US
_BLOCKS = 255


def carry_out(world: World, decision: Decision) -> None:
    """Lets one decision happen; a power cut that was armed may happen in it, too."""
    try:
        _ACTS[decision.what](world, decision)
    except PowerCut:
        world.lose_power(Random(decision.salt))
        world.wait_off(60)
        _power_on(world, decision)


def _power_on(world: World, decision: Decision) -> None:
    now_us, kind = world.time.now_us, clock_at_boot(decision)
    wall_us = {
        "right": now_us,
        "1970": 0,
        "a minute slow": now_us - 60 * SECOND_US,
        "years behind": now_us - _YEARS_US,
        "years ahead": now_us + _YEARS_US,
        "as of the last shutdown": now_us - decision.value * SECOND_US,
    }[kind]
    world.board.power_on(wall_us)


def _record(world: World, decision: Decision) -> None:
    world.line.deliver_late()
    world.run(decision.value * world.setting.pace_s)


def _pause(world: World, decision: Decision) -> None:
    world.board.camera.silent_until_us = world.time.now_us + decision.value * SECOND_US
    world.run(decision.value)


def _off(world: World, decision: Decision) -> None:
    world.board.shut_down()
    world.lose_power(Random(decision.salt))
    world.wait_off(decision.value)
    _power_on(world, decision)


def _cut(world: World, decision: Decision) -> None:
    world.lose_power(Random(decision.salt))
    world.wait_off(decision.value)
    _power_on(world, decision)


def _step_clock(world: World, decision: Decision) -> None:
    if not world.time.kept:
        world.board.set_clock(world.time.offset_us + decision.value * SECOND_US)


def _ntp(world: World, decision: Decision) -> None:
    world.ntp = bool(decision.value % 2)
    if not world.ntp:
        world.time.kept = False


def _trouble(world: World, decision: Decision) -> None:
    trouble = TROUBLES[decision.value % len(TROUBLES)]
    world.line.troubles.extend([trouble] * (1 + decision.salt % 6))


def _ask(world: World, decision: Decision) -> None:
    world._commands += 1
    now_us = world.time.now_us
    if world._uplink is not None:
        world._uplink.command(make_command(world._commands, now_us, now_us - decision.value * SECOND_US))


def _quiet(world: World, decision: Decision) -> None:
    hours = QUIET[decision.value % len(QUIET)]
    world.configure(quiet_hours=() if hours == "none" else (hours,))


def _refuse(world: World, call: str, decision: Decision) -> None:
    """Two reels always take what is written, and of those tried for a record one: memory is not simulated."""
    names = {name for _, name in world.board.card.refused} | {_reel(world, decision)}
    if len(names) <= min(world.setting.reels - 2, REELS_TRIED - 1):
        world.board.card.refused.add((call, _reel(world, decision)))


def _spoil(world: World, decision: Decision) -> None:
    """Anywhere in a reel, or in the newest record, where a write goes that a cut ends."""
    random, card = Random(decision.salt), world.board.card
    newest = max(card.all(), key=lambda entry: entry.header.sequence, default=None)
    if decision.salt % 2 and newest is not None:
        card.spoil(newest.name, random.randrange(newest.start, newest.end) // BLOCK_BYTES, random)
    else:
        card.spoil(_reel(world, decision), random.randint(1, _BLOCKS), random)


def _nightly(world: World, decision: Decision) -> None:
    world.center.expire(world.time.now_us)


def _reel(world: World, decision: Decision) -> str:
    return f"reel-{decision.value % world.setting.reels:05d}"


def _heal(world: World, decision: Decision) -> None:
    world.board.card.refused.clear()


def _set_rate(world: World, decision: Decision) -> None:
    world.line.rate_bps = decision.value
    if not decision.value:
        world.time.kept = world.time.kept and decision.salt % 2 == 0


def _hang_up(world: World, decision: Decision) -> None:
    world.line.hangs_up = decision.value


_ACTS: dict[str, Callable[[World, Decision], None]] = {
    "record": _record,
    "pause": _pause,
    "off": _off,
    "cut": _cut,
    "cut-at": lambda world, decision: world.board.card.arm(decision.value, PowerCut),
    "kill-at": lambda world, decision: world.board.card.arm(decision.value, Killed),
    "kill-recorder": lambda world, decision: world.board.kill_recorder(),
    "kill-uplink": lambda world, decision: world.kill_uplink(),
    "kill-in-request": _hang_up,
    "step": _step_clock,
    "ntp": _ntp,
    "line": _set_rate,
    "trouble": _trouble,
    "keys": lambda world, decision: world.publish(decision.value),
    "ask": _ask,
    "mode": lambda world, decision: world.configure(upload=MODES[decision.value % len(MODES)]),
    "quiet": _quiet,
    "budget": lambda world, decision: world.configure(monthly_budget_bytes=decision.value),
    "refuse-write": lambda world, decision: _refuse(world, "write", decision),
    "refuse-sync": lambda world, decision: _refuse(world, "sync", decision),
    "bad-sector": _spoil,
    "heal": _heal,
    "masks": lambda world, decision: world.board.change_masks(),
    "nightly": _nightly,
    "twin": lambda world, decision: world.center.take_twin({chain for chain, _ in world.board.books.used}),
    "settle": lambda world, decision: world.center.settle(world.time.now_us),
}
