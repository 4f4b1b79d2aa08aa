"""``make lab-firstboot``: a node from its card to its first receipted segment, in a container that reaches us alone."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.lab.firstboot.play import tell
from tests.lab.nodes import open_lab


def main() -> int:
    """Plays it once and prints the minutes."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.firstboot")
    parser.add_argument("--cuts", action="store_true", help="cut the power after each step of first boot")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="firstboot-") as name, open_lab(Path(name)) as lab:
        story = tell(Path(name), lab, ext4_root=True)
        try:
            story.town.start_center()
            if options.cuts:
                print(f"power cut {story.cut_after_each_step()} times, after each step once")
            story.switch_on()
            story.await_made()
            story.start_closed()
            story.await_enrolled()
            story.sign_off()
            story.await_receipt()
        except Exception:
            print(story.node.journal("-n", "120"), file=sys.stderr)
            raise
        finally:
            story.town.stop()
            print(story.report())
    return 0


if __name__ == "__main__":
    sys.exit(main())
