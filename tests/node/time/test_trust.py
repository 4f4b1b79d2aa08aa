"""Which clock is believed: a row a witness, and each rule with what would be believed without it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.base.clock import SECOND_US, ClockQuality
from edge.node.time.trust import AGREE_US, DISAGREE_US, Witnesses, judge

DAY_US = 86_400 * SECOND_US
YEARS_US = 3650 * DAY_US
NOW_US = 1_767_574_800 * SECOND_US
"""The true offset: the monotonic clock began at it."""
MONO_US = 3600 * SECOND_US
SYNC, FREE = ClockQuality.SYNCHRONISED, ClockQuality.UNTRUSTED
NOBODY = Witnesses()
RECEIPT = Witnesses(receipt_us=NOW_US)
LIST = Witnesses(in_use_us=(NOW_US - DAY_US, NOW_US + 90 * DAY_US))
KNOWN = Witnesses(known_us=NOW_US)
BEGUN = Witnesses(begun_us=NOW_US)

BELIEVED = {
    "kept by the kernel": (SYNC, 0, NOBODY, SYNC),
    "a receipt agrees": (FREE, AGREE_US, RECEIPT, ClockQuality.RECEIPTED),
    "a receipt agrees, behind": (FREE, -AGREE_US, RECEIPT, ClockQuality.RECEIPTED),
    "kept, and a receipt does not quite agree": (SYNC, DISAGREE_US, RECEIPT, SYNC),
    "the list's first moment": (SYNC, -DAY_US - MONO_US, LIST, SYNC),
    "the list's last moment": (SYNC, 90 * DAY_US - MONO_US, LIST, SYNC),
    "little behind what is known": (SYNC, -DISAGREE_US, KNOWN, SYNC),
    "far ahead of what is known: it was switched off": (SYNC, YEARS_US, KNOWN, SYNC),
    "set by little": (SYNC, -DISAGREE_US, BEGUN, SYNC),
    "a receipt outweighs the list": (SYNC, YEARS_US, replace(LIST, receipt_us=NOW_US + YEARS_US), SYNC),
    "a receipt outweighs what is known": (SYNC, 0, replace(RECEIPT, known_us=NOW_US + YEARS_US), SYNC),
}
DISBELIEVED = {
    "nobody keeps it": (FREE, 0, NOBODY),
    "a receipt says otherwise": (FREE, AGREE_US + 1, RECEIPT),
    "a receipt says otherwise, behind": (FREE, -AGREE_US - 1, RECEIPT),
    "a false time server, and a receipt": (SYNC, DISAGREE_US + 1, RECEIPT),
    "before the list was issued": (SYNC, -DAY_US - MONO_US - 1, LIST),
    "after the list's last day": (SYNC, 90 * DAY_US - MONO_US + 1, LIST),
    "behind what is known": (SYNC, -DISAGREE_US - 1, KNOWN),
    "set ahead while it runs": (SYNC, DISAGREE_US + 1, BEGUN),
    "set back while it runs": (SYNC, -DISAGREE_US - 1, BEGUN),
}


@pytest.mark.parametrize(("kernel", "off_us", "witnesses", "quality"), BELIEVED.values(), ids=BELIEVED)
def test_clock_is_believed(kernel: ClockQuality, off_us: int, witnesses: Witnesses, quality: ClockQuality) -> None:
    assert judge(kernel, NOW_US + off_us, NOW_US + off_us, MONO_US, witnesses) is quality


@pytest.mark.parametrize(("kernel", "off_us", "witnesses"), DISBELIEVED.values(), ids=DISBELIEVED)
def test_clock_is_not_believed(kernel: ClockQuality, off_us: int, witnesses: Witnesses) -> None:
    assert judge(kernel, NOW_US + off_us, NOW_US + off_us, MONO_US, witnesses) is ClockQuality.UNTRUSTED


@pytest.mark.parametrize("name", [name for name, row in DISBELIEVED.items() if row[0] is SYNC])
def test_without_its_witness_a_false_clock_would_be_believed(name: str) -> None:
    """The control of the table: the kernel says of each that it is kept."""
    _, off_us, _ = DISBELIEVED[name]
    assert judge(SYNC, NOW_US + off_us, NOW_US + off_us, MONO_US, NOBODY) is SYNC


@pytest.mark.parametrize(
    ("stamped_us", "quality"), [(-AGREE_US, SYNC), (-AGREE_US - 1, FREE), (AGREE_US + 1, FREE), (-YEARS_US, FREE)]
)
def test_what_was_stamped_before_the_clock_was_set_is_not_made_true_by_setting_it(
    stamped_us: int, quality: ClockQuality
) -> None:
    """A segment of 1970 waits to be sealed; meanwhile the clock is set, and the kernel says that it is kept."""
    assert judge(SYNC, NOW_US + stamped_us, NOW_US, MONO_US, NOBODY) is quality
    assert judge(SYNC, NOW_US + stamped_us, NOW_US + stamped_us, MONO_US, NOBODY) is SYNC


@pytest.mark.parametrize("kernel", [SYNC, FREE], ids=str)
def test_what_was_stamped_while_the_clock_was_kept_stays_so_when_it_jumps(kernel: ClockQuality) -> None:
    before = Witnesses(kept_us=NOW_US)
    assert judge(kernel, NOW_US, NOW_US + YEARS_US, MONO_US, before) is SYNC
    assert judge(kernel, NOW_US + 2 * AGREE_US, NOW_US + YEARS_US, MONO_US, before) is FREE


def test_clock_that_nobody_keeps_any_more_is_not_kept_for_having_been() -> None:
    assert judge(FREE, NOW_US, NOW_US, MONO_US, Witnesses(kept_us=NOW_US)) is FREE


def test_simulated_clock_stays_simulated() -> None:
    everybody = Witnesses(NOW_US, NOW_US, NOW_US, NOW_US, (NOW_US, NOW_US))
    assert judge(ClockQuality.SIMULATED, 0, NOW_US, 0, everybody) is ClockQuality.SIMULATED
