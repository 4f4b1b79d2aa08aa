"""Everything else that motion can give out, and how much of the masked places is in it.

It is asked, with the same privacy mask in force, for films made without decoding (``movie_passthrough``), pictures,
snapshots, the picture and the film of what moved, and the streams of its own server on loopback, in full size. Then it
records once more, told of a mask whose file is not there.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from tests.bench.peers import leaks
from tests.bench.peers.films import Film, played
from tests.bench.peers.leaks import Area, Leak
from tests.bench.peers.programs import Order, motion_config

_FILES = {
    "film, passed through": "film-*.mp4",
    "film of what moved": "film-*m.mkv",
    "snapshots": "snapshot-*.jpg",
    "pictures": "picture-*-[0-9][0-9][0-9][0-9][0-9][0-9].jpg",
    "pictures of what moved": "picture-*m.jpg",
}
_STREAMS = ("stream", "motion", "source")
_PICTURES = 20
_FILM_S = 3.0
"""As long as a film takes to hold some pictures."""
_PATIENCE_S = 30.0


def every_output(order: Order, area: Area) -> dict[str, Leak]:
    """Returns what leaks into each kind of output, and into a film where the file of its privacy mask is not there.

    Raises:
        RuntimeError: one of them gave no picture.
    """
    port = _free_port()
    everything = {
        **{"movie_output": "on", "movie_passthrough": "on", "movie_output_motion": "on", "picture_output": "on"},
        **{"picture_output_motion": "on", "picture_filename": "picture-%q-%H%M%S", "snapshot_interval": "1"},
        **{"snapshot_filename": "snapshot-%H%M%S", "stream_port": str(port), "stream_localhost": "on"},
        **{"stream_maxrate": "5", "stream_quality": "90"},
    }
    with _running(order, "motion-everything", everything) as out:
        found = {f"stream /{name}": _leak([f"http://127.0.0.1:{port}/0/{name}"], area) for name in _STREAMS}
    found |= {name: _leak([*sorted(out.glob(pattern))], area) for name, pattern in _FILES.items()}
    unmasked = {"movie_output": "on", "mask_privacy": "missing.pgm", "snapshot_interval": "1"}
    with _running(order, "motion-without", unmasked | {"snapshot_filename": "snapshot-%H%M%S"}) as out:
        time.sleep(_FILM_S)
    found["film, the mask's file missing"] = _leak([*sorted(out.glob("film-*.mkv"))], area)
    silent = [name for name, leak in found.items() if not leak.pictures]
    if silent:
        raise RuntimeError(f"motion gave no {', '.join(silent)}; {out / 'motion.log'} may say why")
    return found


@contextmanager
def _running(order: Order, name: str, changes: dict[str, str]) -> Iterator[Path]:
    """Runs motion in a folder of its own from its first pictures on; gives that, and ends it in good order."""
    out = order.folder / name
    out.mkdir()
    command = ["motion", "-n", "-c", str(motion_config(order, out, changes))]
    with (out / "said").open("wb") as log:
        process = subprocess.Popen(command, cwd=out, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    try:
        _until_it_records(process, out)
        yield out
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _leak(films: list[Film | str], area: Area) -> Leak:
    """Looks at the first pictures of all."""
    pictures = (picture.planes for film in films for picture in played(film))
    return leaks.count(islice(pictures, _PICTURES), area)


def _until_it_records(process: subprocess.Popen[bytes], out: Path) -> None:
    """Waits for its first snapshot and its first film."""
    end_s = time.monotonic() + _PATIENCE_S
    while not any(out.glob(_FILES["snapshots"])) or not any(out.glob("film-*")):
        if process.poll() is not None or time.monotonic() > end_s:
            raise RuntimeError(f"motion records nothing: {(out / 'motion.log').read_text()[-1000:]}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
