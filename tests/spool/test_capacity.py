from __future__ import annotations

import pytest

from edge.spool.capacity import MEMORY_REELS, memory_reel_bytes, required_bytes
from edge.spool.layout import REEL_BYTES, REEL_BYTES_MIN, record_limit_bytes

GB = 10**9


@pytest.mark.parametrize(
    ("bitrate_bps", "days", "card_bytes"),
    [(1_500_000, 7, 128 * GB), (1_000_000, 7, 90 * GB), (500_000, 14, 102 * GB), (64_000, 2, 6 * GB)],
)
def test_retention_fits_on_the_card(bitrate_bps: int, days: int, card_bytes: int) -> None:
    assert required_bytes(bitrate_bps, days) <= card_bytes


@pytest.mark.parametrize(
    ("bitrate_bps", "days", "card_bytes"),
    [(1_500_000, 7, 113 * GB), (1_500_000, 14, 128 * GB), (4_000_000, 7, 128 * GB)],
)
def test_retention_does_not_fit_on_the_card(bitrate_bps: int, days: int, card_bytes: int) -> None:
    assert required_bytes(bitrate_bps, days) > card_bytes


def test_requirement_is_whole_reels_and_never_less_than_the_footage() -> None:
    for bitrate_bps in (64_000, 700_000, 1_500_000, 20_000_000):
        needed = required_bytes(bitrate_bps, 7)
        assert needed % REEL_BYTES == 0
        assert needed > bitrate_bps // 8 * 86_400 * 7


def test_segment_larger_than_a_reel_takes_a_reel_each() -> None:
    assert required_bytes(20_000_000, 1, 1 << 20) == (43_200 + 2) << 20


MIB = 2**20


@pytest.mark.parametrize(
    ("memory_bytes", "segment_bytes", "reels"),
    [(32 * MIB, MIB, MEMORY_REELS), (32 * MIB, 5 * MIB, 6), (32 * MIB, 10 * MIB, 3), (3 * MIB, 500_000, 3)],
)
def test_memory_is_divided_into_the_most_reels_that_take_a_segment(
    memory_bytes: int, segment_bytes: int, reels: int
) -> None:
    reel_bytes = memory_reel_bytes(memory_bytes, segment_bytes)
    assert reel_bytes is not None
    assert memory_bytes // reel_bytes == reels
    assert record_limit_bytes(reel_bytes) >= segment_bytes and reel_bytes >= REEL_BYTES_MIN and reel_bytes % 4096 == 0


@pytest.mark.parametrize(("memory_bytes", "segment_bytes"), [(32 * MIB, 11 * MIB), (3 * MIB, MIB), (2 * MIB, 1)])
def test_too_little_memory_is_no_ring(memory_bytes: int, segment_bytes: int) -> None:
    assert memory_reel_bytes(memory_bytes, segment_bytes) is None
