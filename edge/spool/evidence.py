"""Where the chain goes on: a decision over everything that is known of it.

Rules:
  1. The next record links to the newest record known to have been synced: whole on the card, published as the synced
     position, or receipted.
  2. Its sequence lies above every one ever seen: of those three, of torn records whose signed header holds, and of
     intact preambles and reel headers (unsigned: within ``REASON`` only). Each unreadable block behind the last whole
     record may have held one more, and so may each block of a reel that is missing or cannot be opened.
  3. Where there is nothing to link to, though something was written, a new chain begins and names the old one. So it
     does where receipts run more than ``REASON`` ahead of all that the card knows: then the card is an old copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.seal.chain import Tip
from edge.spool.survey import Survey

REASON = 1 << 20
"""Three weeks of 2 s segments: nothing that a spool lost is further ahead."""


@dataclass(frozen=True, slots=True)
class Known:
    """A record known from elsewhere than the card: its sequence and hash."""

    sequence: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Decision:
    """``tip`` is None for a chain without records; ``goes_on`` is False where a new chain must begin."""

    tip: Tip | None
    goes_on: bool


def decide_tip(
    chain: str,
    surveys: Sequence[Survey],
    begun: int,
    published: Known | None,
    receipted: Known | None,
    unseen: int = 0,
) -> Decision:
    """Decides after which sequence and hash the chain goes on.

    Args:
        begun: highest first sequence that a reel's header names; -1 for none.
        unseen: blocks of reels that cannot be looked at.
    """
    links = [
        Known(located.header.sequence, located.header.sha256) for survey in surveys for located in survey.whole[-1:]
    ]
    links += [published] if published else []
    torn = [located.header.sequence for survey in surveys for located in survey.torn]
    own = max([-1, *torn, *(link.sequence for link in links)])
    if receipted is not None:
        if links and receipted.sequence > own + REASON:
            return Decision(None, goes_on=False)
        links.append(receipted)
        own = max(own, receipted.sequence)
    highest = highest_seen(own, begun, surveys) + unseen
    if not links:
        return Decision(None, goes_on=highest < 0)
    newest = max(links, key=lambda link: link.sequence)
    return Decision(Tip(chain, highest, newest.sha256), goes_on=True)


def highest_seen(signed: int, begun: int, surveys: Sequence[Survey]) -> int:
    """Returns the highest sequence that may have been used: never one of these again."""
    claims = [begun, *(claim for survey in surveys for claim in survey.claimed)]
    return max([signed, *(claim for claim in claims if claim <= signed + REASON)]) + sum(
        survey.unreadable for survey in surveys
    )
