"""The installer's visit, played through the page's own HTTPS: button, code, masks, papers, sign-off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from edge.base import strictjson
from edge.base.clock import SystemClock
from edge.commission.certificate import OnSite
from edge.wire.panel import PanelReport
from tests.commission.house import Browser
from tests.commission.installer import COMPLETE
from tests.lab.firstboot.card import VISIT_ADDRESS
from tests.lab.nodes import Node, NodeLab

PHONE = "192.168.70.2/24"


def reach(lab: NodeLab, node: Node) -> None:
    """Puts node and phone on the on-site network, which a container has on its one cable."""
    lab.run("ip", "addr", "replace", PHONE, "dev", "mml0")
    node.run("ip", "addr", "replace", f"{VISIT_ADDRESS}/24", "dev", "host0")


def hold_button(node: Node, presses: int) -> None:
    """Says what the panel's process would: a container has no pins."""
    said = PanelReport(
        node=node.name,
        updated=SystemClock().now_us(),
        run="ab" * 16,
        case_open=False,
        case_opened=0,
        stuck=False,
        button_visit=presses,
        button_decommission=0,
        link_test=0,
    )
    data = strictjson.dump(said.model_dump()).decode()
    node.write("/run/mimamori/panel.json", data, owner="mimamori-panel:mimamori")


def visit(lab: NodeLab, node: Node, code: str, certificate: Path) -> None:
    """Opens the visit, draws and signs off as the installer does, and leaves."""
    with opened(lab, node, code, certificate) as phone, lab.network():
        _play(lab, phone, node.name)


@contextmanager
def opened(lab: NodeLab, node: Node, code: str, certificate: Path) -> Iterator[Browser]:
    """Holds the button and enters the code; returns the phone, to be used in the lab's network."""
    reach(lab, node)
    hold_button(node, 0)
    lab.until(lambda: stands(node) == "closed", "the page's process")
    hold_button(node, 1)
    lab.until(lambda: stands(node) == "waiting", "the page")
    phone = Browser(f"https://{VISIT_ADDRESS}", OnSite(certificate, certificate))
    try:
        with lab.network():
            lab.until(lambda: _answers(phone), "the page's ports")
            answer = phone.enter(code)
            assert answer.status_code == 204, answer.text
        yield phone
    finally:
        phone.close()


def _play(lab: NodeLab, phone: Browser, node: str) -> None:
    draft = COMPLETE.model_copy(update={"node": node}).model_dump_json().encode()
    answer = phone.post("/steps/draft", draft)
    assert answer.status_code == 200, answer.text
    assert answer.json()["faults"] == {}, answer.text
    lab.until(lambda: phone.get("/steps/frame").status_code == 200, "the camera's preview")
    summary = phone.get("/steps/summary").json()
    answer = phone.post("/steps/sign-off", json.dumps({"digest": summary["digest"]}).encode())
    assert answer.status_code == 200, answer.text


def _answers(phone: Browser) -> bool:
    try:
        return phone.get("/standing").ok
    except requests.ConnectionError:
        return False


def stands(node: Node) -> str:
    """Returns how a node's visit stands; nothing where its page's process has not said."""
    said = node.run("cat", "/run/mimamori/visit.json", check=False).out
    return str(json.loads(said)["state"]) if said else ""
