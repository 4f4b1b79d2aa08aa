"""``make lab-outage``: simulated outages and returning crowds; prints figures and draws the docs' pictures."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.docs.check import ROOT
from tests.outage.crowd import LINE_DOWN, NODES, PER_SECOND, SERVER_DOWN, chance, no_chance, per_second, uploads
from tests.outage.needed import table
from tests.outage.svg import Panel, Series, picture
from tests.outage.virtual import DAY_S, GB, HOUR_S, Setup, VirtualNode, outage

OUTAGE_S = 96 * HOUR_S
BEGIN_S = 12 * HOUR_S
LINES_MBIT_S = (2.5, 4.0, 8.0)
SHOWN_S = (-600, 900)
LAST_S = 14 * DAY_S


def main() -> int:
    """Runs everything; writes into ``--out``."""
    parser = argparse.ArgumentParser(prog="tests.outage", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures", metavar="DIR")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    (out / "backlog.svg").write_text(backlogs(), encoding="utf-8")
    (out / "stampede.svg").write_text(crowds(), encoding="utf-8")
    print("\nline that drains in time at 1.5 Mbit/s, Mbit/s, by outage and retention:\n" + table())
    return 0


def backlogs() -> str:
    """Plays 96 hours of outage for several lines and returns the picture."""
    nodes = [_played(line_mbit_s) for line_mbit_s in LINES_MBIT_S]
    days = range(15)
    waiting = [
        Series(f"line {line:g} Mbit/s", [(sample.at_s / DAY_S, sample.backlog_bytes / GB) for sample in node.samples])
        for line, node in zip(LINES_MBIT_S, nodes, strict=True)
    ]
    rates = [
        Series(f"line {line:g} Mbit/s", [(sample.at_s / DAY_S, sample.bitrate_bps / 1e6) for sample in node.samples])
        for line, node in zip(LINES_MBIT_S, nodes, strict=True)
    ]
    title = "96 h of outage at 1.5 Mbit/s, 128 GB card, 7 days' retention"
    return picture(
        [
            Panel(f"Backlog: {title}", "days", "GB on the card, not receipted", days, range(0, 101, 20), waiting),
            Panel("Bitrate that is recorded at", "days", "Mbit/s", days, (0, 0.5, 1.0, 1.5, 2.0), rates),
        ]
    )


def _played(line_mbit_s: float) -> VirtualNode:
    """Goes to the end of the backlog, then two hours on."""
    started = time.process_time()
    with tempfile.TemporaryDirectory(prefix="outage-") as folder:
        setup = Setup(outage(line_mbit_s * 1e6, BEGIN_S, OUTAGE_S), floor_bps=500_000)
        node = VirtualNode(setup, Path(folder) / "node")
        node.run(BEGIN_S + OUTAGE_S + 300)
        sent_bytes, at_s = node.totals.receipted_bytes, node.now_s
        node.run(LAST_S, until_drained=True)
        share = (node.totals.receipted_bytes - sent_bytes) / (line_mbit_s * 125_000 * (node.now_s - at_s))
        drained_h = (node.now_s - BEGIN_S - OUTAGE_S) / HOUR_S
        node.run(min(LAST_S, node.now_s + 12 * HOUR_S))
    totals, lowest = node.totals, min(sample.bitrate_bps for sample in node.samples)
    print(
        f"line {line_mbit_s:g} Mbit/s: drained {drained_h:.1f} h after the outage at {share:.1%} of the line,"
        f" {totals.evicted} evicted, {totals.expired} expired of {totals.recorded}, newest receipted record at most"
        f" {node.live_at_most_s:.0f} s old, lowest bitrate {lowest} bit/s ({time.process_time() - started:.0f} s)"
    )
    return node


def crowds() -> str:
    """Plays both faults with and without jitter and returns the picture."""
    panels = []
    for fault, name in ((LINE_DOWN, "line down for all"), (SERVER_DOWN, "server down for all")):
        for chance_of, jitter in ((chance, "full jitter"), (no_chance, "no jitter (control)")):
            begin_s = fault.length_s + SHOWN_S[0]
            counts = per_second(uploads(fault, chance_of), begin_s, fault.length_s + SHOWN_S[1])
            back = counts[-SHOWN_S[0] : 600 - SHOWN_S[0]]
            mean = sum(back) / len(back)
            print(
                f"{name}, {jitter}: at most {max(back)} requests/s in ten minutes, {mean:.1f} on average,"
                f" {max(back) / mean:.1f} times that"
            )
            points = [((second + SHOWN_S[0]) / 60, float(count)) for second, count in enumerate(counts)]
            top = 60 if max(counts) <= 60 else 500
            title = f"{NODES} nodes, {name} for {fault.length_s / 3600:g} h until minute 0, {jitter}"
            panels.append(
                Panel(
                    title,
                    "minutes",
                    f"requests/s; the center answers {PER_SECOND:g}",
                    range(-10, 16, 5),
                    [top * part / 5 for part in range(6)],
                    [Series("", points)],
                )
            )
    return picture(panels)


if __name__ == "__main__":
    raise SystemExit(main())
