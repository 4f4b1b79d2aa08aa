"""The peers' Debian packages; installed by the bench that needs them, as ``deploy/setup`` installs its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_SETUP = Path(__file__).resolve().parents[3] / "deploy" / "setup"
_GSTREAMER = ("tools", "plugins-base", "plugins-good", "plugins-ugly", "libav")
"""Reading MP4, decoding, the picture over the picture, x264, MP4 in pieces; without h264parse, which ``-bad`` has."""
_ELEMENTS = ("qtdemux", "avdec_h264", "gdkpixbufoverlay", "x264enc", "splitmuxsink")


def install_peers() -> None:
    """Installs what is missing; starts no service.

    Raises:
        RuntimeError: it could not, for want of root or of a network.
    """
    missing = ["motion"] if shutil.which("motion") is None else []
    if not _has_elements():
        missing += [f"gstreamer1.0-{part}" for part in _GSTREAMER]
    if not missing:
        return
    done = subprocess.run([str(_SETUP), "--packages", *missing], capture_output=True, text=True, check=False)
    if done.returncode or shutil.which("motion") is None or not _has_elements():
        raise RuntimeError(f"the peers {', '.join(missing)} cannot be installed: {(done.stdout + done.stderr)[-500:]}")


def _has_elements() -> bool:
    inspect = shutil.which("gst-inspect-1.0")
    return inspect is not None and all(
        subprocess.run([inspect, "--exists", element], check=False).returncode == 0 for element in _ELEMENTS
    )
