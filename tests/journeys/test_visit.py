"""``make run`` with a visit: button, ticket and code by ``mimamori demo-visit``, and a phone at the page."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from edge.base.clock import SystemClock
from edge.mask import maskset
from edge.wire.status import read_status
from tests.browsing import Phone, launched, needs_chromium
from tests.commission.listeners import listeners
from tests.commission.test_steps_browser import fill_papers
from tests.journeys.conftest import MIMAMORI, mimamori
from tests.journeys.test_run import page as fetched
from tests.journeys.test_run import processes_that_name

pytestmark = [
    pytest.mark.journey,
    needs_chromium,
]
PATIENCE_S = 240
SIZE = {"width": 360, "height": 640}


@dataclass
class Run:
    """``mimamori run`` with its fleet page."""

    out: Path
    process: subprocess.Popen[str]
    fleet: str

    def shows(self, text: str) -> None:
        """Waits until the fleet page shows it."""
        clock = SystemClock()
        deadline_ns = clock.monotonic_ns() + PATIENCE_S * 10**9
        while text not in (shown := fetched(self.fleet)):
            assert clock.monotonic_ns() < deadline_ns, shown
            clock.sleep(0.5)

    def ended(self) -> tuple[str, str]:
        """Presses Ctrl-C and returns what was said."""
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, said[1]
        return said


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    out = tmp_path / "run"
    words = ["run", "--source", "street", "--size", "640x480", "--fps", "10", "--out", str(out)]
    process = subprocess.Popen([*MIMAMORI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        url = next(found[0] for line in process.stderr if (found := re.search(r"http://127\.0\.0\.1:\d+/", line)))
        yield Run(out, process, url)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def phone() -> Iterator[Page]:
    with launched() as browser:
        phone = Phone(browser, SIZE)
        phone.context.set_default_timeout(PATIENCE_S * 1000)
        yield phone.page


def enter(phone: Page, out: Path) -> None:
    """Holds the button, brings the ticket, types the code, and goes to the steps."""
    errand = json.loads(mimamori("demo-visit", "--out", out, "--json").stdout)
    phone.goto(errand["url"])
    phone.set_input_files("#file", errand["ticket"])
    phone.tap("details button")
    phone.fill("#code", errand["code"])
    phone.tap("form[data-post='/code'] button")
    phone.tap("a[href='/steps']")
    phone.wait_for_selector("nav button[aria-current=step]")


def draw(phone: Page, *corners: tuple[float, float]) -> None:
    """Adds a mask by touching its corners, as parts of the picture."""
    phone.tap("#add-mask")
    for x, y in corners:
        box = phone.locator("#view").bounding_box()
        assert box is not None
        phone.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])


def sign_off(phone: Page) -> str:
    """Signs and returns the digest that was shown."""
    phone.tap("nav [data-go=sign-off]")
    phone.tap("#agree")
    digest = phone.locator("#summary .digest").inner_text().replace(" ", "")
    phone.tap("#sign")
    expect(phone.locator("section[data-step=done]")).to_be_visible(timeout=PATIENCE_S * 1000)
    return digest


def reached_by(out: Path) -> dict[str, set[str]]:
    """Returns what each of the node's processes can be reached by; only root may look, as they cannot be dumped."""
    found = dict[str, set[str]]()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = entry.joinpath("cmdline").read_bytes().decode(errors="replace").split("\0")
            if str(out) in " ".join(words) and {"node", "edge.node.panel_process"} & set(words):
                name = "panel" if "node" not in words else words[words.index("node") + 1]
                found[name] = listeners(int(entry.name)) if os.geteuid() == 0 else set()
    return found


def is_found(phone: Page, path: str, *, strange: bool = False) -> bool:
    """Whether the page has this address for the phone, or for a strange one."""
    assert phone.context.browser is not None
    context = phone.context.browser.new_context(ignore_https_errors=True) if strange else phone.context
    return context.request.get(phone.url.partition("/steps")[0] + path).status != 404


def no_way_but_the_page(run: Run, phone: Page | None, *, seeing: bool) -> None:
    """Checks what the node's processes can be reached by, and who finds a picture (R-SAKU-03)."""
    reached = reached_by(run.out)
    camera = "aim" if seeing else "record"
    assert set(reached) >= {camera, "uplink", "panel", "commission"}
    if os.geteuid() == 0:
        assert reached[camera] == ({f"unix {run.out / 'node' / 'run' / 'aim.sock'}"} if seeing else set())
        sealed_records_alone = {f"unix {run.out / 'node' / 'run' / 'collect.sock'}"}
        assert reached["uplink"] <= sealed_records_alone and reached["panel"] == set()
        assert len(reached["commission"]) == (0 if phone is None else 3), (
            "page, portal, and sealed records for the desk"
        )
    assert (run.out / "node" / "run" / "aim.sock").exists() is seeing
    if phone is not None:
        assert is_found(phone, "/steps/frame") is seeing
        assert not is_found(phone, "/steps/frame", strange=True)


def test_installer_visits_the_camera_of_make_run_and_signs_off(run: Run, phone: Page) -> None:
    run.shows("録画中")
    no_way_but_the_page(run, None, seeing=False)
    masks = run.out / "node" / "masks.json"
    before = maskset.load(masks, "demo")
    enter(phone, run.out)
    expect(phone.locator("#nopicture")).to_be_hidden(timeout=PATIENCE_S * 1000)
    no_way_but_the_page(run, phone, seeing=True)
    phone.tap("nav [data-go=masks]")
    draw(phone, (0.35, 0.55), (0.6, 0.55), (0.6, 0.8), (0.35, 0.8))
    phone.tap("nav [data-go=papers]")
    fill_papers(phone)
    digest = sign_off(phone)
    status = run.out / "node" / "run" / "recorder.json"
    run.shows("録画中")
    clock = SystemClock()
    deadline_ns = clock.monotonic_ns() + PATIENCE_S * 10**9
    while read_status(status).masks != digest or not read_status(status).segments:
        assert clock.monotonic_ns() < deadline_ns, (run.out / "logs" / "recorder.log").read_text()
        clock.sleep(0.5)
    no_way_but_the_page(run, phone, seeing=False)
    after = maskset.load(masks, "demo")
    assert maskset.digest(after) == digest and len(after.masks) == len(before.masks) + 1
    stdout, _ = run.ended()
    assert re.search("authenticity ok, provenance ok, completeness ok, time ok", stdout), stdout
    verified = mimamori(
        *("desk", "verify", run.out / "records", "--root", run.out / "city" / "founded" / "desk" / "root.pub"),
        *("--demo", "--json"),
        status=None,
    )
    assert "visit" in {gap["cause"] for gap in json.loads(verified.stdout.splitlines()[-1])["gaps"]}
    assert processes_that_name(run.out) == []


def test_visit_of_a_folder_where_nothing_runs_is_refused(tmp_path: Path) -> None:
    refused = mimamori("demo-visit", "--out", tmp_path, status=77)
    assert "no 'mimamori run' is under way" in refused.stderr
