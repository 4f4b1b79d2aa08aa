"""Blocks that rot all over a card cost the records that they lie in, and nothing else; the rest is served on."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from edge.seal.record import BLOCK_BYTES
from edge.seal.reel import REEL_HEADER_BYTES, parse_reel_header, reel_name, scan
from edge.spool import census
from edge.spool.opening import create_spool, open_spool
from edge.spool.spool import Spool
from edge.uplink.batch import Identity, copy_batch
from edge.uplink.receipted import Receipted as UplinkReceipts
from edge.uplink.spool_reader import SpoolReader
from tests.node.town import make_authority
from tests.spool.records import CHAIN, KEY, Node
from tests.spool.site import REEL_BYTES, Receipted

REELS = 4
Place = tuple[int, int, int]
"""Reel, first byte, length."""


class Card:
    """A real folder with records of many sizes, and where each of them stands."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.position = folder / "spool", folder / "position"
        (folder / "receipts").mkdir(parents=True)
        create_spool(self.folder, capacity_bytes=REELS * REEL_BYTES, reel_bytes=REEL_BYTES, chain=CHAIN)
        self.places: dict[int, Place] = {}
        self._fill(Random(1))
        self.position.unlink()

    def open(self) -> Spool:
        return open_spool(
            self.folder, public_key=KEY.public_key, receipts=Receipted(), position=self.position, retention_days=2
        )

    def _fill(self, random: Random) -> None:
        spool, node = self.open(), Node(CHAIN)
        position = spool.append(node.boot())
        self.places[0] = 0, REEL_HEADER_BYTES, position.end - REEL_HEADER_BYTES
        while position.reel < REELS - 1 or position.end < REEL_BYTES // 2:
            record = node.segment(random.randrange(1000, 150_000))
            position = spool.append(record)
            size = record.header.record_bytes
            self.places[record.header.sequence] = position.reel, position.end - size, size
        spool.close()

    def rot(self, reel: int, block: int, random: Random) -> set[int]:
        """Flips a bit of a block, or makes it zeros; returns the records whose bytes are no longer the same."""
        path, offset = self.folder / reel_name(reel), block * BLOCK_BYTES
        with path.open("r+b") as file:
            file.seek(offset)
            before = file.read(BLOCK_BYTES)
            flipped = bytearray(before)
            flipped[random.randrange(BLOCK_BYTES)] ^= 1 << random.randrange(8)
            after = bytes(flipped) if random.random() < 0.5 else bytes(BLOCK_BYTES)
            file.seek(offset)
            file.write(after)
        if after == before:
            return set()
        return {
            sequence
            for sequence, (place, begin, size) in self.places.items()
            if place == reel and begin <= offset < begin + size
        }

    def served(self) -> set[int]:
        """What the uplink finds and would send after a restart: each record checked wholly."""
        spool = self.open()
        recovery = spool.recovery
        boot = Node(recovery.chain, recovery.tip).boot()
        spool.append(boot)
        spool.close()
        assert recovery.chain == CHAIN and boot.header.sequence > max(self.places)
        receipts = UplinkReceipts(self.folder.parent / "receipts", make_authority().payload)
        reader = SpoolReader((self.folder,), self.position, receipts)
        while reader.refresh():
            pass
        found: set[int] = set()
        for entry in [entry for reel in reader.reels() for entry in reel.entries()]:
            batch, _ = copy_batch(reader, (entry,), Identity("node-1", KEY.public_key))
            found |= {batch.first} if batch is not None else set()
        return found - {boot.header.sequence}


@pytest.mark.parametrize("seed", range(6))
def test_rotten_blocks_cost_exactly_the_records_that_they_lie_in(tmp_path: Path, seed: int) -> None:
    random, card = Random(seed), Card(tmp_path)
    lost: set[int] = set()
    for _ in range(12):
        lost |= card.rot(random.randrange(REELS), random.randrange(1, REEL_BYTES // BLOCK_BYTES), random)
    assert lost
    assert card.served() == set(card.places) - lost


@pytest.mark.parametrize("seed", range(4))
def test_rotten_headers_cost_no_record(tmp_path: Path, seed: int) -> None:
    """Flipped, or zeros, as if the reels had never been used."""
    random, card = Random(seed), Card(tmp_path)
    for reel in range(REELS):
        assert card.rot(reel, 0, random) == set()
    assert card.served() == set(card.places)


def test_control_a_header_of_zeros_would_hide_its_reel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "_holds_a_record", lambda _file: False)
    card = Card(tmp_path)
    with (card.folder / reel_name(1)).open("r+b") as file:
        file.write(bytes(BLOCK_BYTES))
    hidden = {sequence for sequence, (reel, _, _) in card.places.items() if reel == 1}
    assert hidden
    assert card.served() == set(card.places) - hidden


def test_reader_passes_over_what_rotted_under_its_hands(tmp_path: Path) -> None:
    """Without a restart: a scan reads on behind the block."""
    random, card = Random(3), Card(tmp_path)
    middle = next(
        sequence for sequence, (reel, begin, _) in card.places.items() if reel == 1 and begin > REEL_BYTES // 2
    )
    _, begin, _ = card.places[middle]
    data = card.folder / reel_name(1)
    with data.open("r+b") as file:
        file.seek(begin)
        file.write(random.randbytes(BLOCK_BYTES))
    content = data.read_bytes()
    header = parse_reel_header(content[:REEL_HEADER_BYTES])
    assert header is not None
    seen = [item.header.sequence for item in scan(lambda n, at: content[at : at + n], header, end=REEL_BYTES)]
    assert seen == [sequence for sequence, (reel, _, _) in card.places.items() if reel == 1 and sequence != middle]
