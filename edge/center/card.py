"""What a node's word about its card means for staff: pure decisions over the newest heartbeat.

A card's word never decides whether the node records; the proof does. It tells when to bring a new one.
"""

from __future__ import annotations

from edge.center.words import CARD, RESERVE, Words
from edge.wire.heartbeat import CardHealth
from edge.wire.status import RecorderStatus

SWAP_DAYS = 90
"""A swap is a visit: time to order a card and to arrange it."""
WORN_PERCENT = 90
SLOW_SYNCS = 10
"""In 24 h; one now and then is the card tidying itself up."""


def card_kinds(card: CardHealth | None, recorder: RecorderStatus | None = None) -> list[str]:
    """Returns what staff should see to, the most urgent first, by its name in ``edge.center.words.CARD``."""
    kinds = [] if card is None else _told(card)
    if recorder is not None and "memory" in recorder.faults:
        kinds.insert(0, "card-failed")
    if recorder is not None and recorder.slow_syncs_24h >= SLOW_SYNCS:
        kinds.append("card-slow")
    return kinds


def _told(card: CardHealth) -> list[str]:
    kinds = []
    if card.read_only:
        kinds.append("card-read-only")
    if card.ext4_errors or card.io_errors_24h:
        kinds.append("card-errors")
    if _nears_its_end(card):
        kinds.append("card-worn")
    return kinds


def card_words(card: CardHealth) -> Words:
    """Returns the card's state in one line: what is wrong with it, else how long it lasts and what it is written."""
    parts = [CARD[kind] for kind in card_kinds(card)]
    if card.days_left is not None:
        parts.append(Words(f"残り約{card.days_left:,}日", f"about {card.days_left:,} d left"))
    if card.wear_percent is not None:
        parts.append(Words(f"消耗{card.wear_percent}%以下", f"worn {card.wear_percent} % at most"))
    if card.reserve not in (None, "normal"):
        parts.append(RESERVE[card.reserve])
    if card.bytes_a_day is not None:
        size = f"{card.bytes_a_day / 1e9:,.1f} GB"
        parts.append(Words(f"書込み{size}/日", f"{size} written a day"))
    if not parts:
        return Words("異常なし", "no fault known")
    return Words("、".join(part.ja for part in parts), ", ".join(part.en for part in parts))


def _nears_its_end(card: CardHealth) -> bool:
    return (
        (card.days_left is not None and card.days_left < SWAP_DAYS)
        or (card.wear_percent is not None and card.wear_percent > WORN_PERCENT)
        or card.reserve in ("warning", "urgent")
    )
