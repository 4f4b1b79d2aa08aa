"""The port ``Server``: a line that is up, down or slow, and a center behind it that misbehaves by table.

lost-request  nothing reaches the center            lost-answer   it stored the records, the answer is lost
twice         the request reaches it twice          late          it was lost, and reaches it an hour later
cut-off       half of the answer came               crash-unindexed  bytes stored, then the center's process died
500 503 429 401 400 fork disk-full                  the center's failure document of that name, nothing stored
html-400 html-413 rubbish empty                     a proxy's page or nonsense
other-hash other-signer other-range other-node      a receipt that is none
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge.base import strictjson
from edge.base.errors import Unavailable
from edge.center.batch import Address
from edge.seal.record import parse_header
from edge.uplink.server import Answer, Request
from edge.wire.authority import Role
from edge.wire.receipt import Receipt
from tests.simulation.center import Died, SimulatedCenter
from tests.simulation.city import NODE, ROLES, SECOND_US, STRANGER, make_receipt

CONNECT_S, ANSWER_S, DELAY_S = 10.0, 60.0, 0.05
_LATE_US = 3600 * SECOND_US
_PUT = re.compile(r"/v1/nodes/([^/]+)/chains/([0-9a-f]{32})/records/(\d+)-(\d+)")
_FAILURES = {
    "500": (500, "internal", None),
    "503": (503, "unavailable", 30.0),
    "429": (429, "too-many", 7.0),
    "401": (401, "no-certificate", None),
    "400": (400, "bad-signature", None),
    "fork": (409, "fork", None),
    "disk-full": (507, "disk-full", 30.0),
}
_PAGES = {
    "html-400": Answer(400, b"<html>Bad Request</html>"),
    "html-413": Answer(413, b"<html>Request Entity Too Large</html>"),
    "rubbish": Answer(200, b"\xff{rubbish"),
    "empty": Answer(200, b""),
}


class Hung(Exception):
    """The uplink is killed while it waits."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One PUT as it left the node."""

    address: Address
    digest: str | None
    body: bytes


class Line:
    """Carries requests.

    Args:
        pass_time: lets so many seconds go by; the recorder goes on meanwhile.
        now_us: the city's clock.
        note: writes a line of the history's log.
        took: hears of every record that the center stored or had already: chain, sequence, hash.

    Attributes:
        rate_bps: 0: the line is down.
        troubles: what becomes of the next requests.
        key_list: what the center offers.
        hangs_up: the uplink is killed in the so-many-th request from now.
        answered: the upload whose receipt was handed to the uplink last.
    """

    def __init__(
        self,
        center: SimulatedCenter,
        pass_time: Callable[[float], None],
        now_us: Callable[[], int],
        note: Callable[[str], None],
        took: Callable[[str, int, str], None],
    ) -> None:
        self._center, self._pass, self._now_us, self._note, self._took = center, pass_time, now_us, note, took
        self.rate_bps = 20_000_000
        self.troubles: deque[str] = deque()
        self.key_list: bytes | None = None
        self.hangs_up = 0
        self.answered: Address | None = None
        self._late: list[tuple[int, Upload]] = []

    def exchange(self, request: Request) -> Answer:
        self.answered = None
        if not self.rate_bps:
            self._pass(CONNECT_S)
            raise Unavailable("the line is down")
        self._pass(DELAY_S + len(request.body) * 8 / self.rate_bps)
        upload = _upload(request)
        answer = self._key_list(request) if upload is None else self._carry(upload)
        if self.hangs_up:
            self.hangs_up -= 1
            if not self.hangs_up:
                self.answered = None
                raise Hung
        self._pass(DELAY_S)
        return answer

    def use_new_certificate(self) -> None:
        """The line knows no certificates."""

    def deliver_late(self) -> None:
        """Lets requests reach the center that were under way for long; nobody waits for their answers any more."""
        due = [upload for due_us, upload in self._late if due_us <= self._now_us()]
        self._late = [item for item in self._late if item[0] > self._now_us()]
        for upload in due:
            self._take(upload)

    def _key_list(self, request: Request) -> Answer:
        if self.troubles and self.troubles[0] in ("lost-request", "lost-answer", "cut-off"):
            self.troubles.popleft()
            self._pass(ANSWER_S)
            raise Unavailable("no answer came")
        if self.key_list is None:
            return Answer(404, _document("nothing-stored"))
        tag = f'"{hashlib.sha256(self.key_list).hexdigest()}"'
        return Answer(304, b"") if request.headers.get("If-None-Match") == tag else Answer(200, self.key_list, tag)

    def _carry(self, upload: Upload) -> Answer:
        trouble = self.troubles.popleft() if self.troubles else ""
        if trouble:
            place = f"{upload.address.first}-{upload.address.last}"
            self._note(f"trouble {trouble} with {place}")
        if trouble in _PAGES:
            return _PAGES[trouble]
        if trouble in _FAILURES:
            status, slug, later = _FAILURES[trouble]
            return Answer(status, _document(slug), retry_after_s=later)
        if trouble in ("other-hash", "other-signer", "other-range", "other-node"):
            return Answer(200, _false_receipt(trouble, upload, self._now_us()))
        return self._reach(trouble, upload)

    def _reach(self, trouble: str, upload: Upload) -> Answer:
        if trouble in ("lost-request", "late"):
            if trouble == "late":
                self._late.append((self._now_us() + _LATE_US, upload))
            self._pass(ANSWER_S)
            raise Unavailable("no answer came")
        if trouble == "crash-unindexed":
            self._center.store.dies = True
        try:
            answer = self._take(upload)
        except Died as error:
            raise Unavailable("the center broke off") from error
        if trouble == "twice":
            answer = self._take(upload)
        if trouble in ("lost-answer", "cut-off"):
            self._pass(ANSWER_S)
            raise Unavailable("no whole answer came")
        self.answered = upload.address if answer.status == 200 else None
        return answer

    def _take(self, upload: Upload) -> Answer:
        answer = self._center.put(upload.address, upload.digest, upload.body)
        self._note(f"center {upload.address.chain[:8]} {upload.address.first}-{upload.address.last} {answer.status}")
        if answer.status == 200:
            for sequence, sha256 in enumerate(_hashes(upload.body), upload.address.first):
                self._took(upload.address.chain, sequence, sha256)
        return answer


def _upload(request: Request) -> Upload | None:
    found = _PUT.fullmatch(request.path)
    if request.method != "PUT" or found is None:
        return None
    address = Address(found[1], found[2], int(found[3]), int(found[4]))
    return Upload(address, request.headers.get("Content-Digest"), bytes(request.body))


def _hashes(body: bytes) -> list[str]:
    found, offset = list[str](), 0
    while offset < len(body):
        header = parse_header(body, offset)
        found.append(header.sha256)
        offset += header.record_bytes
    return found


def _document(slug: str) -> bytes:
    return strictjson.dump({"failure": slug, "message": "as the table says"})


def _false_receipt(trouble: str, upload: Upload, now_us: int) -> bytes:
    hashes = tuple(_hashes(upload.body))
    if trouble == "other-hash":
        hashes = ("0" * 64, *hashes[1:])
    first = upload.address.first + (trouble == "other-range")
    receipt = Receipt(
        node="node-2" if trouble == "other-node" else NODE,
        chain=upload.address.chain,
        first=first,
        last=first + len(hashes) - 1,
        hashes=hashes,
        time=now_us,
    )
    return make_receipt(receipt, STRANGER if trouble == "other-signer" else ROLES[Role.RECEIPT])
