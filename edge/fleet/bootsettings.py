"""The firmware's two files on a card's boot partition, ``config.txt`` and ``cmdline.txt``: ours beside the image's.

Rules:
  1. What the image's maker wrote stays; ours is one marked block at the end, where the firmware lets the last word win.
  2. Doing it twice gives the same bytes.
  3. The system partition does not take the whole card: state and ring have partitions of their own.

https://www.raspberrypi.com/documentation/computers/config_txt.html; overlays: ``/boot/firmware/overlays/README``.
"""

from __future__ import annotations

import re

from edge.base.errors import BadInput

_BEGIN, _END = "# mimamori: begin", "# mimamori: end"
_BLOCK = re.compile(rf"\n*{_BEGIN}\n.*?\n{_END}\n", re.DOTALL)
_WITHOUT = frozenset({"resize", "quiet", "splash"})
_REGION = "cfg80211.ieee80211_regdom="
_WITH = ("rootflags=noatime", "panic=10")
"""Reading must not write to the card; a kernel that panics starts again by itself, and the watchdog covers the rest."""


def config_txt(text: str, camera: str) -> str:
    """Returns ``config.txt`` with our block.

    Args:
        camera: ``auto`` or a sensor's overlay.
    """
    found = "camera_auto_detect=1" if camera == "auto" else f"camera_auto_detect=0\ndtoverlay={camera}"
    block = f"""{_BEGIN}
[all]
{found}
# the board restarts by itself when nothing feeds its watchdog any more
dtparam=watchdog=on
# no picture is shown here: the firmware keeps no more memory than its camera parts need
gpu_mem=64
# boards of 512 MB: frames of camera and encoder need more contiguous memory than the kernel sets aside
[pi02]
dtoverlay=cma,cma-128
[pi3+]
dtoverlay=cma,cma-128
[all]
{_END}
"""
    return _BLOCK.sub("\n", text).rstrip("\n") + "\n\n" + block


def cmdline_txt(text: str, country: str) -> str:
    """Returns the kernel's command line, one line.

    Args:
        country: whose rules the radio keeps (ISO 3166); without one Raspberry Pi OS leaves it off.

    Raises:
        BadInput: it names no root file system: that is no Raspberry Pi OS's.
    """
    words = text.split()
    if not any(word.startswith("root=") for word in words):
        raise BadInput("cmdline.txt: names no root=; give the boot partition of a Raspberry Pi OS image")
    ours = (*_WITH, f"{_REGION}{country}")
    kept = [word for word in words if word not in (*_WITHOUT, *_WITH) and not word.startswith(_REGION)]
    return " ".join([*kept, *ours]) + "\n"
