"""The node's contract suites, run in the system by its own Python on what was installed there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.lab.arm64.system import PYTHON, System

SUITES = {
    "camera": ("tests/contracts/test_camera_contract.py",),
    "masks": ("tests/mask/test_raster.py", "tests/mask/test_paint.py", "tests/mask/test_polygon.py"),
    "encoder": ("tests/encode/test_fmp4.py", "tests/encode/test_h264.py"),
    "seal": ("tests/vectors", "tests/seal/test_record.py", "tests/seal/test_sealing.py", "tests/seal/test_format.py"),
    "spool": ("tests/spool/test_layout.py", "tests/spool/test_recovery.py", "tests/spool/test_spool.py"),
    "panel": ("tests/panel/test_coil.py", "tests/panel/test_gpio.py", "tests/panel/test_hand.py"),
}
FLAGS = ("divide by zero", "overflow", "invalid value")
"""OpenBLAS leaves them there, and numpy takes them for its own; what comes out is compared all the same."""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("suite", SUITES)
def test_suite_passes(system: System, suite: str, record_property: Callable[[str, object], None]) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", "-o", "timeout=1800")
    flags = [word for flag in FLAGS for word in ("-W", f"ignore:{flag} encountered in matmul:RuntimeWarning")]
    said = system.run(PYTHON, "-m", "pytest", *options, *flags, *SUITES[suite])
    record_property("says", f"{suite}, on arm64: {said.strip().splitlines()[-1]}")


def test_what_the_suites_import_is_what_was_installed(system: System) -> None:
    said = system.run(PYTHON, "-c", "import platform, edge; print(platform.machine(), edge.__file__)").split()
    assert said == ["aarch64", "/opt/mimamori/a/lib/python3.13/site-packages/edge/__init__.py"]
