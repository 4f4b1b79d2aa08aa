from __future__ import annotations

import re
import subprocess
import sys


def test_controller_that_is_killed_anywhere_goes_on_with_the_next_run() -> None:
    words = [sys.executable, "-m", "tests.fleet.rotation.killed"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"killed at each of (\d+) boundaries", done.stdout)
    assert found is not None
    assert int(found[1]) >= 50, "each sync, renaming and request of a round of two machines"
