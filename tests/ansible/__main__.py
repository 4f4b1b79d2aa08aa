"""``make lab-fleet-ops``: playbooks on a bastion and three nodes behind NAT, every scene and its time."""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from edge.base.clock import SystemClock
from tests.ansible import scenes
from tests.ansible.town import BASTION, Town
from tests.lab.nodes import open_lab

NODES = ("matsudo-001", "matsudo-002", "matsudo-003")
FIRST, MIDDLE, LAST = NODES


def all_scenes(town: Town) -> dict[str, Callable[[], None]]:
    """Returns the scenes in their order; a revoked node comes last."""
    return {
        "bastion provisioned": lambda: _ran(town.provision(BASTION).changed),
        "three nodes provisioned, one and then two": lambda: _ran(town.provision(*NODES).changed),
        "second run of everything changes nothing": lambda: scenes.second_run_changes_nothing(town),
        "certificates over the link, and nothing else": lambda: scenes.only_certificates_get_in(town, FIRST),
        "check mode tells, and changes nothing": lambda: scenes.check_mode_tells_and_changes_nothing(town, FIRST),
        "the audit finds what was planted": lambda: scenes.audit_finds_what_was_planted(town, FIRST),
        "the first failure stops the run": lambda: scenes.first_failure_stops_the_run(town, NODES),
        "a silent node keeps no other waiting": lambda: scenes.silent_node_keeps_no_other_from_its_turn(town, NODES),
        "a new address of the node": lambda: scenes.link_survives_a_new_address_of_the_node(town, FIRST),
        "an outage of four minutes": lambda: scenes.link_survives_an_outage(town, FIRST),
        "a new address of the bastion": lambda: scenes.link_follows_the_bastion_to_a_new_address(town, FIRST),
        "a lock-out goes back by itself": lambda: scenes.lock_out_goes_back_by_itself(town, FIRST),
        "a release in waves": lambda: scenes.release_comes_in_waves(town, NODES),
        "a node leaves for good": lambda: scenes.node_leaves_for_good(town, MIDDLE),
        "a stolen node is cut off": lambda: scenes.revoked_node_is_cut_off(town, LAST),
    }


def main() -> int:
    """Plays all scenes, or those whose words are given; status 0 where all came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.ansible", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="scenes with one of these words")
    only: list[str] = parser.parse_args().only
    failed, clock = 0, SystemClock()
    with tempfile.TemporaryDirectory() as mine, tempfile.TemporaryDirectory() as towns, open_lab(Path(mine)) as lab:
        town = Town(lab, Path(towns))
        for name in NODES:
            town.node(name)
        for title, scene in all_scenes(town).items():
            if only and "provisioned" not in title and not any(word in title for word in only):
                continue
            begun_ns = clock.monotonic_ns()
            came_out = _play(scene)
            failed += not came_out
            seconds = (clock.monotonic_ns() - begun_ns) / 1e9
            print(f"{title:46}{seconds:8.1f} s  {'ok' if came_out else 'FAILED'}", flush=True)
    print(f"{failed} scenes failed")
    return 1 if failed else 0


def _play(scene: Callable[[], None]) -> bool:
    try:
        scene()
    except Exception:  # noqa: BLE001 - one scene that fails must not hide the next
        traceback.print_exc()
        return False
    return True


def _ran(changed: int) -> None:
    assert changed > 0


if __name__ == "__main__":
    sys.exit(main())
