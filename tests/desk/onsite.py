"""A camera without a line: the uplink's and the page's process, a card with real records, and a hand at its button."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

from edge.base.clock import SystemClock, to_datetime
from edge.desk.visits import Visit, make_visit_ticket
from edge.seal.reel import REEL_HEADER_BYTES, Position, ReelHeader, dump_position, reel_name
from edge.wire.authority import Authority
from edge.wire.certificates import save_key
from edge.wire.visit import Scope, new_code
from edge.wire.visitevents import VisitEvent, read_events
from edge.wire.visitreport import VisitState
from tests.commission.house import ADDRESS, free_ports
from tests.commission.running import PATIENCE_S, Running
from tests.desk.conftest import Town
from tests.desk.scene import NODE, START_US, Camera, Taken

SECOND_US, HOUR_US = 1_000_000, 3_600_000_000
WINDOW = START_US + 2 * SECOND_US, START_US + 6 * SECOND_US + 500_000
"""Of the scene's records: 2, 3 and 4."""
TOML = """
node = "{node}"
camera = "ASAHIKAWA 1"
demo = true
root = "root.pub"
authority = "authority.json"
masks = "masks.json"
state = "recorder"
run = "run"
retention_days = 14
[source]
kind = "street"
[spool]
folder = "spool"
capacity_bytes = 1_000_000_000
[uplink]
center_url = "https://127.0.0.1:9"
mqtt_host = "127.0.0.1"
mqtt_port = 9
ca = "ca.pem"
state = "uplink"
upload = "none"
[visit]
state = "visit"
address = "127.0.0.1"
https_port = {https}
http_port = {http}
collect_port = {collect}
[panel]
kind = "mock"
"""


class Street(Running):
    """One node.

    Args:
        camera: whose keys it has; ``taken`` lies on its card.
    """

    def __init__(self, folder: Path, town: Town, camera: Camera, taken: list[Taken]) -> None:
        super().__init__(folder, NODE)
        self.town = town
        self.https, self.http, self.port = free_ports(3)
        for name in ("spool", "uplink"):
            (folder / name).mkdir()
        for name in ("root.pub", "authority.json", "ca.pem"):
            (folder / name).write_bytes((town.desk / name).read_bytes())
        ports = {"https": self.https, "http": self.http, "collect": self.port}
        self.config.write_text(TOML.format(node=NODE, **ports))
        (folder / "uplink" / "ticket.json").write_bytes(town.ticket.data)
        (folder / "uplink" / "enrolment.json").write_bytes(camera.enrolment(town.ticket).data)
        save_key(camera.tls, folder / "uplink" / "tls.pem")
        self._fill_card(taken)
        for process in ("uplink", "commission"):
            self.start(process)
        self.until(lambda: self.state is VisitState.CLOSED and (folder / "run" / "collect.sock").exists())

    def _fill_card(self, taken: list[Taken]) -> None:
        first, last = taken[0].record.header, taken[-1].record.header
        header = ReelHeader(0, 1, first.manifest.chain, first.sequence)
        data = header.dump() + b"".join(item.record.dump() for item in taken)
        (self.folder / "spool" / reel_name(0)).write_bytes(data.ljust(4 * 1024 * 1024, b"\0"))
        position = Position(
            chain=first.manifest.chain, reel=0, lap=1, end=len(data), sequence=last.sequence, sha256=last.sha256,
            oldest=first.sequence,
        )  # fmt: skip
        assert len(data) > REEL_HEADER_BYTES
        (self.folder / "run" / "position").write_bytes(dump_position(position))

    @property
    def fingerprint(self) -> str:
        return self.on_site.fingerprint

    @property
    def events(self) -> list[VisitEvent]:
        return list(read_events(self.folder / "visit" / "visits.jsonl"))

    def wait_for_code(self) -> None:
        """Holds the button until the node waits for a code and its port is open."""
        for _ in range(2):
            before = self.state
            self.press()
            self.until(lambda before=before: self.state is not before)  # type: ignore[misc]
            if self.state is VisitState.WAITING:
                break
        assert self.state is VisitState.WAITING
        self.until(self.answers)

    def answers(self) -> bool:
        try:
            socket.create_connection((ADDRESS, self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def end(self) -> None:
        self.stop()
        assert "Traceback" not in (self.folder / "said").read_text()


class Laptop:
    """The desk's machine on the way: what it carries, and what its commands say."""

    def __init__(self, folder: Path, street: Street) -> None:
        self.folder, self.street, self.town = folder, street, street.town
        self.ticket, self.code_file = folder / "ticket.json", folder / "code"

    @property
    def authority(self) -> Authority:
        return self.town.office().authority.payload

    def has_ticket(
        self,
        scope: Scope = Scope.COLLECT,
        *,
        hours: tuple[int, int] | None = None,
        window: tuple[int, int] | None = WINDOW,
    ) -> None:
        """Gives it a new ticket for the window, and its code."""
        now_us = SystemClock().now_us()
        code, store = new_code(), self.town.store
        window = window if scope is Scope.COLLECT else None
        visit = Visit(NODE, "K-07", scope, hours or (now_us - HOUR_US, now_us + HOUR_US), window)
        document = make_visit_ticket(self.town.office(), store, visit, code, min(now_us, visit.hours[1] - 1))
        self.ticket.write_bytes(document.data)
        self.code_file.write_text(code.text + "\n")

    def carry(self) -> Path:
        """Fetches at the office what the node needs; once."""
        out = self.folder / "luggage"
        if not out.exists():
            where = ("--center", self.town.served.url, "--node", NODE, "--clock", self.town.clock)
            assert self.town.run("desk", "carry", "--desk", self.town.desk, *where, "--out", out) == 0
        return out

    def collect(
        self, out: Path, *changes: object, port: int | None = None, desk: Path | None = None, more: str = ""
    ) -> int:
        """Runs the command; ``changes`` replace or add to its words, two by two; ``more`` is one without a value."""
        words: dict[object, object] = {
            "--desk": desk or self.town.desk, "--node": NODE, "--at": f"{ADDRESS}:{port or self.street.port}",
            "--fingerprint": self.street.fingerprint, "--ticket": self.ticket, "--from": at(WINDOW[0]),
            "--to": at(WINDOW[1]), "--purpose": "investigation", "--reference": "R-0815",
            "--code-file": self.code_file, "--carry": self.carry(), "--out": out,
        }  # fmt: skip
        words |= dict(zip(changes[::2], changes[1::2], strict=True))
        flat = [word for pair in words.items() if pair[1] for word in pair]
        return self.town.run("desk", "collect", *flat, *([more] if more else []))


def at(moment_us: int) -> str:
    return to_datetime(moment_us).isoformat()


class Cutting:
    """A radio link that breaks: passes bytes on to the node, and each connection ends after so many to the laptop."""

    def __init__(self, port: int, cuts: list[int]) -> None:
        self._target, self.cuts, self.broken = port, cuts, 0
        self._listening = socket.create_server((ADDRESS, 0))
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._run, name="radio", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._listening:
            while True:
                try:
                    near, _ = self._listening.accept()
                except OSError:
                    return
                left = self.cuts.pop(0) if self.cuts else None
                with near, socket.create_connection((ADDRESS, self._target), timeout=PATIENCE_S) as far:
                    up = threading.Thread(target=self._pass, args=(near, far, None), name="up", daemon=True)
                    up.start()
                    self._pass(far, near, left)
                    up.join(PATIENCE_S)

    def _pass(self, source: socket.socket, target: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                if left is not None and len(data) >= left:
                    self.broken += 1
                    break
                target.sendall(data)
                left = None if left is None else left - len(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Ends it; the desk has closed its connections."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
