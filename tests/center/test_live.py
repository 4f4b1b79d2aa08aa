"""The real nginx and the real center: who gets in, what survives restarts and kills."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from edge.base.clock import SystemClock
from edge.seal.record import Record
from edge.uplink.budget import Budget
from edge.uplink.config import Places
from edge.uplink.https import Credentials, HttpsServer, Timeouts
from edge.uplink.pace import Rate
from edge.uplink.probe import LineProbe
from edge.uplink.register_entry import RegisterEntries
from edge.wire.certificates import make_request
from edge.wire.receipt import parse_receipt, require_match
from edge.wire.register import parse_register
from tests.center.city import Node, digest_of, enrolment_body, joined
from tests.center.stack import Stack
from tests.center.test_maskorders import order as mask_order
from tests.center.test_register import entry as register_entry
from tests.center.test_visits import ticket as visit_ticket

TIMEOUT = 20


class Caller:
    """Requests to the stack with a client certificate or none."""

    def __init__(self, stack: Stack, certificate: tuple[str, str] | None = None) -> None:
        self._url, self._session = stack.url, requests.Session()
        self._session.trust_env = False  # a CA bundle named in the environment would take the place of the city's
        self._session.verify, self._session.cert = str(stack.city.folder / "ca.pem"), certificate

    def __call__(
        self, method: str, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        return self._session.request(method, self._url + path, data=data, headers=headers, timeout=TIMEOUT)

    def close(self) -> None:
        self._session.close()


class Camera:
    """An enrolled node with its certificate."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.node, self.city = Node(name), stack.city
        with_no_certificate = Caller(stack)
        ticket = stack.city.ticket(name)
        body = enrolment_body(ticket, self.node.enrolment(ticket))
        answer = with_no_certificate("POST", "/v1/enrolments", body)
        with_no_certificate.close()
        assert answer.status_code == 201, answer.text
        self.use(answer.json()["certificate"])
        self.call = Caller(stack, self.files)

    @property
    def files(self) -> tuple[str, str]:
        return str(self.city.folder / f"{self.node.name}.pem"), str(self.city.folder / f"{self.node.name}.key")

    def use(self, certificate: str) -> None:
        Path(self.files[0]).write_text(certificate)
        self.city.save_node_key(self.node)

    def path(self, records: list[Record], what: str = "records") -> str:
        first, last = records[0].header.sequence, records[-1].header.sequence
        return f"/v1/nodes/{self.node.name}/chains/{self.node.chain.chain}/{what}/{first}-{last}"

    def put(self, records: list[Record], call: Caller | None = None) -> requests.Response:
        data = joined(records)
        return (call or self.call)("PUT", self.path(records), data, {"Content-Digest": digest_of(data)})


@pytest.fixture
def camera(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Camera]:
    name = f"cam-{abs(hash(request.node.name)) % 10**9}"
    camera = Camera(stack, name)
    yield camera
    camera.call.close()


@pytest.fixture
def desk(stack: Stack) -> Iterator[Caller]:
    caller = Caller(stack, stack.city.client("@desk"))
    yield caller
    caller.close()


@pytest.fixture
def nobody(stack: Stack) -> Iterator[Caller]:
    caller = Caller(stack)
    yield caller
    caller.close()


def failure(answer: requests.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status_code, answer.json()["failure"]


def receipted(camera: Camera, answer: requests.Response, records: list[Record]) -> bool:
    assert answer.status_code == 200, answer.text
    receipt = parse_receipt(answer.content, camera.city.authority.payload).payload
    hashes = tuple(record.header.sha256 for record in records)
    require_match(receipt, camera.node.name, camera.node.chain.chain, records[0].header.sequence, hashes)
    return True


def test_records_go_up_and_come_back_to_the_desk(camera: Camera, desk: Caller) -> None:
    node = camera.node
    records = [node.boot(), node.segment(2_500_000), node.gap(), node.segment()]
    answer = camera.put(records)
    assert receipted(camera, answer, records)
    assert desk("GET", camera.path(records)).content == joined(records)
    assert desk("GET", camera.path(records[1:3])).content == joined(records[1:3])
    headers = desk("GET", camera.path(records, "headers")).content
    assert headers == b"".join(record.header.data for record in records)
    assert desk("GET", camera.path(records[2:3], "receipts")).content == answer.content + b"\n"
    start, end = records[0].header.manifest.start_us, records[-1].header.manifest.end_us
    (run,) = desk("GET", f"/v1/nodes/{node.name}/runs?from={start}&to={end}").json()["runs"]
    assert (run["chain"], run["first"], run["last"], run["bytes"]) == (node.chain.chain, 0, 3, len(joined(records)))
    assert desk("GET", f"/v1/nodes/{node.name}/runs?from=0&to=1").json() == {"runs": []}


def test_the_answer_that_was_lost_comes_again(camera: Camera) -> None:
    records = [camera.node.segment() for _ in range(2)]
    assert camera.put(records).content == camera.put(records).content


def test_who_has_no_certificate_gets_no_further(camera: Camera, nobody: Caller, stack: Stack) -> None:
    records = [camera.node.segment()]
    assert failure(camera.put(records, nobody)) == (401, "no-certificate")
    spoofed = {"X-Client-Name": camera.node.name, "X-Client-Serial": "1", "X-Listener": "staff"}
    data = joined(records)
    answer = nobody("PUT", camera.path(records), data, spoofed | {"Content-Digest": digest_of(data)})
    assert failure(answer) == (401, "no-certificate")
    assert failure(nobody("GET", f"/v1/nodes/{camera.node.name}/runs", headers={"X-Client-Name": "@desk"}))[0] == 401


@pytest.mark.parametrize("kind", ["expired", "foreign"])
def test_a_certificate_that_does_not_verify_is_refused(stack: Stack, camera: Camera, kind: str) -> None:
    life = timedelta(days=-1) if kind == "expired" else timedelta(days=9)
    caller = Caller(stack, stack.city.client(camera.node.name, life=life, foreign=kind == "foreign"))
    assert failure(camera.put([camera.node.segment()], caller)) == (401, "bad-certificate")
    assert failure(caller("GET", "/v1/health")) == (401, "bad-certificate")
    caller.close()


def test_names_speak_for_themselves_alone(camera: Camera, desk: Caller, stack: Stack) -> None:
    other = Camera(stack, f"{camera.node.name}-b")
    records = [camera.node.segment()]
    assert failure(camera.put(records, other.call)) == (403, "wrong-name")
    assert failure(camera.put(records, desk)) == (403, "wrong-name")
    for path in ("runs", "enrolment", "registration"):
        assert failure(camera.call("GET", f"/v1/nodes/{camera.node.name}/{path}")) == (403, "wrong-name")
    assert failure(camera.call("GET", camera.path(records))) == (403, "wrong-name")
    manager = Caller(stack, stack.city.client("@manager"))
    assert manager("GET", f"/v1/nodes/{camera.node.name}/runs").status_code == 200
    assert failure(manager("PUT", f"/v1/nodes/{camera.node.name}/key-list", b"{}")) == (403, "wrong-name")
    manager.close()
    other.call.close()


def test_a_certificate_that_the_center_never_gave_is_superseded(camera: Camera, stack: Stack) -> None:
    caller = Caller(stack, stack.city.client(camera.node.name))
    assert failure(camera.put([camera.node.segment()], caller)) == (403, "superseded")
    caller.close()


def test_a_fork_is_answered_409_and_shows_on_the_fleet_page(camera: Camera, stack: Stack) -> None:
    camera.put([camera.node.segment()])
    other = Node(camera.node.name, signing=camera.node.signing)
    other.chain._chain, other.chain._tip = camera.node.chain.chain, camera.node.chain.tip
    assert camera.put([camera.node.segment()]).status_code == 200
    data = joined([other.segment()])
    path = f"/v1/nodes/{camera.node.name}/chains/{camera.node.chain.chain}/records/1-1"
    assert failure(camera.call("PUT", path, data, {"Content-Digest": digest_of(data)})) == (409, "fork")
    assert failure(camera.put([camera.node.segment()])) == (409, "fork")
    page = requests.get(f"{stack.staff_url}/nodes/{camera.node.name}", timeout=TIMEOUT)
    assert "Frozen" in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/nodes/BAD/chains/{chain}/records/0-0", 400),
        ("/v1/nodes/cam%0Aevil/chains/{chain}/records/0-0", 400),
        ("/v1/nodes/cam-1/chains/xyz/records/0-0", 400),
        ("/v1/nodes/cam-1/chains/{chain}/records/1-0", 400),
        ("/v1/nodes/cam-1/chains/{chain}/records/0-99999999999999999999", 400),
        ("/v1/nodes/cam-1/chains/{chain}/records/0-x", 404),
        ("/v1/nodes/cam-1/chains/{chain}/records/0-64", 413),
        ("/v1/nodes/cam-1/chains/{chain}/headers/0-4096", 413),
        ("/v1/nodes/cam-1/runs?from=-1", 400),
        ("/v1/nodes/cam-1/key-list", 404),
        ("/v1/nodes/cam-1/enrolment", 404),
        ("/v2", 404),
        ("/", 404),
        ("/metrics", 404),
        ("/nodes/cam-1", 404),
    ],
)
def test_paths_that_lead_nowhere_say_so_in_json(desk: Caller, path: str, status: int) -> None:
    answer = desk("GET", path.format(chain="0" * 32))
    assert failure(answer)[0] == status
    assert "Traceback" not in answer.text


def test_a_body_over_the_limit_is_refused_before_it_is_sent(camera: Camera) -> None:
    records = [camera.node.segment()]
    answer = camera.call("PUT", camera.path(records), bytes(34 * 1024 * 1024), {"Content-Digest": "x"})
    assert failure(answer) == (413, "too-long")


def test_fleet_page_and_metrics_are_on_the_staff_listener_only(stack: Stack, camera: Camera) -> None:
    camera.put([camera.node.segment()])
    page = requests.get(stack.staff_url, timeout=TIMEOUT)
    assert page.status_code == 200
    assert camera.node.name in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "mimamori_node_state" in requests.get(stack.staff_url + "/metrics", timeout=TIMEOUT).text
    assert requests.get(f"{stack.staff_url}/v1/health", timeout=TIMEOUT).status_code == 404
    assert requests.post(stack.staff_url, data=b"x", timeout=TIMEOUT).status_code in (403, 405)


def test_key_list_registration_and_renewal_go_over_the_line(camera: Camera, desk: Caller, nobody: Caller) -> None:
    name, base = camera.node.name, f"/v1/nodes/{camera.node.name}"
    assert desk("GET", base + "/enrolment").status_code == 200
    assert desk("PUT", base + "/registration", camera.city.registration(camera.node)).status_code == 204
    assert failure(camera.call("GET", base + "/key-list")) == (404, "nothing-stored")
    offered = camera.city.key_list(name)
    assert desk("PUT", base + "/key-list", offered.data).status_code == 204
    answer = camera.call("GET", base + "/key-list")
    assert answer.content == offered.data
    assert camera.call("GET", base + "/key-list", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert nobody("GET", "/v1/authority").content == camera.city.authority.data
    renewed = nobody("POST", base + "/certificate", make_request(camera.node.tls, name))
    camera.use(renewed.json()["certificate"])
    assert camera.put([camera.node.segment()]).status_code == 200


def test_mask_order_goes_from_the_desk_to_its_node_and_to_no_other(camera: Camera, desk: Caller, stack: Stack) -> None:
    name, path = camera.node.name, f"/v1/nodes/{camera.node.name}/mask-order"
    offered = mask_order(camera.city, 5, node=name)
    assert failure(camera.call("GET", path)) == (404, "nothing-stored")
    assert failure(camera.call("PUT", path, offered)) == (403, "wrong-name")
    assert failure(desk("PUT", path, bytes(600_000))) == (413, "too-long")
    assert desk("PUT", path, offered).status_code == 204
    assert failure(desk("PUT", path, mask_order(camera.city, 4, node=name))) == (409, "replayed")
    answer = camera.call("GET", path)
    assert answer.content == offered
    assert camera.call("GET", path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    other = Camera(stack, f"{name}-b")
    assert failure(other.call("GET", path)) == (403, "wrong-name")
    assert desk("GET", path).content == offered
    other.call.close()


def test_visit_ticket_goes_from_the_desk_to_its_node_alone(camera: Camera, desk: Caller, stack: Stack) -> None:
    name, path = camera.node.name, f"/v1/nodes/{camera.node.name}/visit-ticket"
    offered = visit_ticket(camera.city, node=name)
    assert failure(camera.call("GET", path)) == (404, "nothing-stored")
    assert failure(camera.call("PUT", path, offered)) == (403, "wrong-name")
    assert failure(desk("PUT", path, bytes(5000))) == (413, "too-long")
    assert desk("PUT", path, offered).status_code == 204
    answer = camera.call("GET", path)
    assert answer.content == offered
    assert camera.call("GET", path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    other = Camera(stack, f"{name}-b")
    assert failure(other.call("GET", path)) == (403, "wrong-name")
    assert failure(desk("GET", path)) == (403, "wrong-name")
    other.call.close()


def test_the_listener_of_the_center_is_for_nginx_alone(stack: Stack) -> None:
    assert (stack.city.folder / "center.sock").stat().st_mode & 0o777 == 0o660


def test_only_tls_12_and_13_are_spoken(stack: Stack) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", stack.public), TIMEOUT) as plain,
        pytest.raises((ssl.SSLError, OSError)),
    ):
        context.wrap_socket(plain)


def test_a_killed_center_loses_nothing_that_it_receipted(stack: Stack, camera: Camera, desk: Caller) -> None:
    records = [camera.node.segment(300_000) for _ in range(24)]
    answers: list[requests.Response] = []
    halfway = threading.Event()

    def send() -> None:
        for record in records:
            answers.append(camera.put([record]))
            if len(answers) == 5:
                halfway.set()

    sender = threading.Thread(target=send)
    sender.start()
    assert halfway.wait(TIMEOUT)
    stack.kill("center")
    sender.join(TIMEOUT)
    assert failure(camera.call("GET", "/v1/authority"))[0] == 503
    stack.start_center()
    assert {answer.status_code for answer in answers} <= {200, 503}
    receipts = [record for record, answer in zip(records, answers, strict=True) if answer.status_code == 200]
    assert len(receipts) >= 5
    for record in receipts:
        assert desk("GET", camera.path([record])).content == joined([record])
    assert receipted(camera, camera.put(records), records)
    assert desk("GET", camera.path(records)).content == joined(records)
    path = stack.city.folder / "store" / camera.node.name / f"{camera.node.day}.records"
    assert path.stat().st_size == len(joined(records))


def test_a_second_center_on_the_same_socket_is_refused(stack: Stack) -> None:
    code = "import sys; from pathlib import Path; from edge.center.serve import serve; serve(Path(sys.argv[1]))"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(stack.city.config_path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert "another center" in ended.stderr


def test_register_entry_goes_from_its_node_to_the_desk_alone(
    camera: Camera, desk: Caller, nobody: Caller, stack: Stack
) -> None:
    name = camera.node.name
    other, manager = Camera(stack, f"{name}-b"), Caller(stack, stack.city.client("@manager"))
    path, body = f"/v1/nodes/{name}/register-entry", register_entry(name)
    for caller, wanted in ((other.call, 403), (manager, 403), (nobody, 401)):
        assert caller("PUT", path, body).status_code == wanted
    assert failure(camera.call("PUT", path, b"x" * 20_000)) == (413, "too-long")
    assert failure(camera.call("PUT", path, register_entry("cam-9"))) == (400, "wrong-node")
    assert camera.call("PUT", path, body).status_code == 204
    for caller, wanted in ((camera.call, 403), (manager, 403), (nobody, 401)):
        assert caller("GET", "/v1/register").status_code == wanted
    assert camera.call("GET", path).status_code == 405
    answer = desk("GET", "/v1/register")
    assert answer.headers["Cache-Control"] == "no-store"
    cameras = {one.node: one.entry for one in parse_register(answer.content).cameras}
    entry, empty = cameras[name], cameras[other.node.name]
    assert entry is not None and entry.host_phone == "047-000-9999" and empty is None
    assert desk("PUT", path, register_entry(name, address="松戸市松戸2-2")).status_code == 204
    corrected = {one.node: one.entry for one in parse_register(desk("GET", "/v1/register").content).cameras}[name]
    assert corrected is not None and corrected.address == "松戸市松戸2-2"
    logs = b"".join(log.read_bytes() for log in stack.run.glob("*") if log.suffix in (".out", ".log"))
    assert b"047-000-9999" not in logs and "松戸市根本".encode() not in logs
    other.call.close()
    manager.close()


def test_bytes_that_measure_a_line_are_taken_from_the_node_itself_and_dropped(
    camera: Camera, desk: Caller, nobody: Caller, stack: Stack
) -> None:
    path, before = f"/v1/nodes/{camera.node.name}/probe", stored(stack)
    assert camera.call("PUT", path, b"\x00" * 2**20).status_code == 204
    assert failure(camera.call("PUT", path, b"\x00" * (2**20 + 1))) == (413, "too-long")
    for caller, wanted in ((desk, 403), (nobody, 401)):
        assert caller("PUT", path, b"\x00").status_code == wanted
    assert stored(stack) == before


def stored(stack: Stack) -> int:
    """Returns the bytes in the center's store."""
    return sum(path.stat().st_size for path in (stack.city.folder / "store").rglob("*") if path.is_file())


def test_uplinks_own_code_hands_the_entry_over_and_measures_the_line_through_nginx(
    camera: Camera, desk: Caller, stack: Stack, tmp_path: Path
) -> None:
    name, none = camera.node.name, tmp_path / "none"
    places = Places((none,), none, none, none, none, none, tmp_path / "state", register=tmp_path / "entry.json")
    places.make_folders()
    (tmp_path / "entry.json").write_bytes(register_entry(name))
    clock, certificate = SystemClock(), Credentials(stack.city.folder / "ca.pem", *map(Path, camera.files))
    server = HttpsServer(stack.url, certificate, clock, Timeouts())
    RegisterEntries(places, name).hand_over(server)
    entries = {one.node: one.entry for one in parse_register(desk("GET", "/v1/register").content).cameras}
    assert entries[name] is not None and places.register_acknowledged.exists()
    budget = Budget(places.budget, None, ZoneInfo("Asia/Tokyo"), clock)
    probe = LineProbe(server, name, budget, Rate(), clock, lambda: None)
    probe.tend(visited=True)
    assert probe.reached and probe.round_trip_ms and probe.rate_bps
    server.close()
