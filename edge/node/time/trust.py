"""Whether a wall time is believed. Decisions only: what the kernel, receipts, the key list and the known time say.

A clock is judged by its *offset*, wall less monotonic time in microseconds: only setting the clock changes that.

Rules:
  1. A simulated clock is simulated.
  2. The kernel's word that a time service keeps the clock counts for times stamped at its present offset. What was
     stamped before the clock was set, and waits to be sealed, is as good as the kernel's word was then: setting the
     clock makes it neither true nor false.
  3. A receipt is signed, NTP is not; a desk's note of the time (``edge.wire.timenote``) is signed, too, and counts like
     one here. Once this run has a receipt, the clock is believed as long as it agrees with the
     newest one, which the monotonic clock carries on: within ``AGREE_US`` where nobody else keeps the clock, within
     ``DISAGREE_US`` beside the kernel's word, for the center's clock may be the worse one.
  4. Without a receipt the kernel's word counts, unless the clock
     a. lies outside of the days that the key list can be in use on,
     b. lies more than ``DISAGREE_US`` behind what is known to have passed,
     c. was set by more than ``DISAGREE_US`` since it was first believed in this run: no drift explains that.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.base.clock import SECOND_US, ClockQuality

AGREE_US = 5 * SECOND_US
"""As far as verification lets a clock run ahead of the receipt that covers it (``edge.seal.timing``)."""
DISAGREE_US = 600 * SECOND_US


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What is known beside the clock itself; None where nothing is.

    Attributes:
        receipt_us: offset that the newest receipt of this run tells.
        kept_us: offset at which the clock was last believed on the kernel's word in this run.
        begun_us: offset at which the clock was first believed in this run.
        known_us: offset of the known time, which has passed by now at least.
        in_use_us: first and last UTC time at which the key list can be in use.
    """

    receipt_us: int | None = None
    kept_us: int | None = None
    begun_us: int | None = None
    known_us: int | None = None
    in_use_us: tuple[int, int] | None = None


def judge(kernel: ClockQuality, stamped_us: int, present_us: int, mono_us: int, witnesses: Witnesses) -> ClockQuality:
    """Returns how far a time is believed.

    Args:
        kernel: what the kernel says of the clock at present.
        stamped_us: offset at which the time was stamped.
        present_us: the clock's present offset.
        mono_us: monotonic time of the stamp.
    """
    if kernel is ClockQuality.SIMULATED:
        return kernel
    kept = kernel is ClockQuality.SYNCHRONISED
    if abs(stamped_us - present_us) > AGREE_US:
        kept = witnesses.kept_us is not None and abs(stamped_us - witnesses.kept_us) <= AGREE_US
    if witnesses.receipt_us is not None:
        believed = abs(stamped_us - witnesses.receipt_us) <= (DISAGREE_US if kept else AGREE_US)
    else:
        believed = kept and _is_possible(stamped_us, mono_us, witnesses)
    if not believed:
        return ClockQuality.UNTRUSTED
    return ClockQuality.SYNCHRONISED if kept else ClockQuality.RECEIPTED


def _is_possible(stamped_us: int, mono_us: int, witnesses: Witnesses) -> bool:
    first_us, last_us = witnesses.in_use_us or (0, stamped_us + mono_us)
    known_us = stamped_us if witnesses.known_us is None else witnesses.known_us
    begun_us = stamped_us if witnesses.begun_us is None else witnesses.begun_us
    return (
        first_us <= stamped_us + mono_us <= last_us
        and stamped_us >= known_us - DISAGREE_US
        and abs(stamped_us - begun_us) <= DISAGREE_US
    )
