"""``fleet revoke``: a node that never comes back ends everywhere, by one command.

Rules:
  1. What only the desk must know is durable first; then the playbook ``revoke`` tells every other place.
  2. Each place is told whether it was told before or not, and counts once it has confirmed. A place that did not answer
     is named, and told by the next run, whichever nodes that is for.
  3. Status 0: every place knows; 75: one did not answer.
"""

from __future__ import annotations

import argparse
import json
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import SystemClock
from edge.base.errors import BadInput, TryAgain, UsageFault
from edge.base.files import read_bounded
from edge.desk.arguments import add_json, node_id, say
from edge.desk.office import open_office
from edge.desk.revoked import Out, note_place, note_revoked, read_revoked
from edge.fleet.audit.running import Playbooks

PLACES = {
    "link": "the bastion: its link is dead, its WireGuard key never taken again",
    "center": "the center: nothing is taken from it, no certificate renewed, its entry in the register marked",
}
"""What confirms, beside the desk; a word of each for the report."""
_LIMIT_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Report:
    """How it stands: by node the places that know, and those that do not yet."""

    nodes: dict[str, Out]

    @property
    def waiting(self) -> dict[str, list[str]]:
        """Returns the places that have not confirmed, by node."""
        left = {node: [place for place in PLACES if place not in out.places] for node, out in self.nodes.items()}
        return {node: places for node, places in left.items() if places}

    def text(self) -> str:
        """Returns it for a person."""
        lines = []
        for node in self.nodes:
            lines.append(f"{node}: the desk: no key list, so no new day")
            for place, word in PLACES.items():
                lines.append(f"  {'not reached' if place in self.waiting.get(node, []) else 'done':12}{word}")
        return "\n".join(lines)


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    parser = subparsers.add_parser(
        "revoke", help="end a node that never comes back, everywhere; again for what is left"
    )
    parser.add_argument("nodes", nargs="*", type=node_id, metavar="NODE", help="none: only finish what is left")
    parser.add_argument("--desk", required=True, type=Path, metavar="DIR")
    parser.add_argument("--inventory", required=True, type=Path, metavar="DIR")
    parser.add_argument("--ansible", type=Path, metavar="DIR", help="playbooks and roles, if not the ones shipped")
    parser.add_argument("--more", default="", metavar="WORDS", help="further arguments of ansible-playbook")
    add_json(parser)
    parser.set_defaults(run=_revoke)


def _revoke(options: argparse.Namespace) -> int:
    desk, more = open_office(options.desk).folder, tuple(shlex.split(options.more))
    shipped = Playbooks(options.inventory, more=more)
    books = shipped if options.ansible is None else Playbooks(options.inventory, options.ansible.resolve(), more)
    known = set(books.machines("nodes"))
    if unknown := set(options.nodes) - known:
        raise UsageFault(f"{', '.join(sorted(unknown))}: not in the inventory {options.inventory}; nothing was revoked")
    note_revoked(desk, options.nodes, SystemClock().now_us())
    told = sorted(set(options.nodes) | Report(read_revoked(desk)).waiting.keys() & known)
    if told:
        with tempfile.TemporaryDirectory(prefix="mimamori-revoke-") as name:
            books.revoke(told, Path(name))
            for place in PLACES:
                note_place(desk, place, confirmed(Path(name) / f"{place}.json"))
    report = Report({node: out for node, out in read_revoked(desk).items() if node in told})
    waiting = report.waiting
    places = {node: list(out.places) for node, out in report.nodes.items()}
    say(options, report.text() or "nothing is left to be told", nodes=places, waiting=waiting)
    if waiting:
        raise TryAgain(f"revoke: not every place answered for {', '.join(waiting)}; run 'fleet revoke' again")
    return 0


def confirmed(path: Path) -> list[str]:
    """Returns the nodes that a place confirmed; none where it left no word.

    Raises:
        BadInput: not what the playbook writes.
    """
    if not path.exists():
        return []
    try:
        tree = json.loads(read_bounded(path, limit_bytes=_LIMIT_BYTES))
    except ValueError as error:
        raise BadInput(f"{path.name}: not what the playbook revoke writes: {error}") from error
    if not isinstance(tree, list) or not all(isinstance(node, str) for node in tree):
        raise BadInput(f"{path.name}: not a list of nodes")
    return tree
