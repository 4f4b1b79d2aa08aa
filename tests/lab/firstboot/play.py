"""The whole story of a node, from its card to its first receipted segment, with the minutes that each part took."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge.base.clock import SystemClock
from edge.commission.certificate import OnSite
from edge.firstboot.progress import DONE, FOLDER
from edge.firstboot.steps import STEPS
from tests.lab.firstboot.card import PLACE, files_of, prepare, release
from tests.lab.firstboot.city import CENTER, Town
from tests.lab.firstboot.visit import visit
from tests.lab.nodes import File, Node, NodeLab

NODE = "matsudo-017"
MADE_WITHIN_S, RECORDED_WITHIN_S = 600.0, 300.0
DONE_STEPS = f"{FOLDER}/steps"
RECEIPTS = "/var/lib/mimamori/uplink/receipts"
DISKS = {"mimamori-state": 640 * 2**20, "mimamori-spool": 96 * 2**20}
"""The card's other partitions, divided already; the lab has no whole card."""
FSTAB = "root  /  ext4  defaults,noatime  0  1\n"
"""Of a container; a board names a partition, which systemd leaves alone in one."""


@dataclass
class Story:
    """One node's.

    Attributes:
        took_s: seconds from switching on to each mark, in order.
    """

    lab: NodeLab
    town: Town
    node: Node
    boot: Path
    code: str
    took_s: dict[str, float] = field(default_factory=dict)
    _begun_ns: int = 0

    @property
    def fingerprint(self) -> str:
        """Returns that of the page's certificate on the card."""
        certificate = self.boot / "mimamori" / "secrets" / "onsite.pem"
        return OnSite(certificate, certificate).fingerprint

    def steps(self) -> list[str]:
        """Returns the steps that are done, as far as a node that is on tells."""
        try:
            return self.node.run("cat", DONE_STEPS, check=False).out.split()
        except AssertionError:
            return []  # not on yet

    def switch_on(self) -> None:
        """Boots the container; the clock of the story begins."""
        self._begun_ns = self._begun_ns or SystemClock().monotonic_ns()
        self.node.boot(MADE_WITHIN_S)

    def switch_on_and_cut(self, step: str) -> None:
        """Boots it and cuts the power, as its card has it, once a step is done; a whole boot ends after the last."""
        self._begun_ns = self._begun_ns or SystemClock().monotonic_ns()
        booting = threading.Thread(target=self._boot_in_vain, name="booting")
        booting.start()
        try:
            self.lab.until(lambda: step in self.steps(), f"step {step}", MADE_WITHIN_S)
        finally:
            self.node.power_cut()
            booting.join(MADE_WITHIN_S)
            assert not booting.is_alive()

    def cut_after_each_step(self) -> int:
        """Cuts the power once after each step but the last, and returns how often."""
        for step in STEPS[:-1]:
            self.switch_on_and_cut(step.name)
        return len(STEPS) - 1

    def await_made(self) -> None:
        """Waits until first boot is done."""
        self._await(lambda: self._there(DONE), "made", MADE_WITHIN_S)

    def start_closed(self) -> None:
        """Starts it anew: from now on its root takes no writes.

        Raises:
            RuntimeError: it does.
        """
        before = self.root_options()
        self.node.shutdown()
        self.switch_on()
        if (before, self.root_options()) != ("rw", "ro"):
            raise RuntimeError(f"the root was {before} while it was made, and is {self.root_options()} after it")

    def root_options(self) -> str:
        """Returns ``ro`` or ``rw``, as the node's own table of mounts has it."""
        mounts = [line.split() for line in self.node.read("/proc/mounts").splitlines()]
        return next(fields[3] for fields in mounts if fields[1] == "/").partition(",")[0]

    def await_enrolled(self) -> None:
        """Waits for the node's certificate, and has the desk compare its key and publish its key list."""
        certificate = "/var/lib/mimamori/uplink/certificate.pem"
        self._await(
            lambda: self.node.run("test", "-s", certificate, check=False).status == 0, "enrolled", RECORDED_WITHIN_S
        )
        key = self.node.read(f"{PLACE}/mimamori/signing-key.txt").split("signing key ")[1].split(";")[0]
        desk, center = ("--desk", self.town.desk), ("--center", f"https://{self.lab.address}")
        secret = ("--passphrase-file", self.town.secret("desk"))
        self.town.mimamori("desk", "enrol", "confirm", *desk, "--node", NODE, *center, "--expect-key", key, *secret)
        self.town.mimamori("desk", "keys", "publish", *desk, *center, self.town.key_list(NODE))
        self._mark("registered")

    def sign_off(self) -> None:
        """Plays the installer's visit."""
        visit(self.lab, self.node, self.code, self.boot / "mimamori" / "secrets" / "onsite.pem")
        self._mark("signed off")

    def await_receipt(self) -> None:
        """Waits until the node holds a receipt, and the center the records."""

        def receipted() -> bool:
            found = self.node.run("sh", "-c", f"cat {RECEIPTS}/*.jsonl", check=False)
            return found.out.strip() != "" and self.town.stored(NODE) > 0

        self._await(receipted, "first receipt", RECORDED_WITHIN_S)

    def report(self) -> str:
        """Returns the minutes of each mark."""
        return "\n".join(f"{name:>14}  {seconds / 60:5.1f} min" for name, seconds in self.took_s.items())

    def _boot_in_vain(self) -> None:
        with suppress(RuntimeError, TimeoutError, AssertionError):  # its power goes while it boots
            self.node.boot(MADE_WITHIN_S)

    def _there(self, path: str) -> bool:
        return self.node.run("test", "-e", path, check=False).status == 0

    def _await(self, condition: Callable[[], bool], what: str, within_s: float) -> None:
        try:
            self.lab.until(condition, what, within_s)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.node.journal('-n', '80')}\n{self.node.console()}") from error
        self._mark(what)

    def _mark(self, name: str) -> None:
        self.took_s[name] = (SystemClock().monotonic_ns() - self._begun_ns) / 1e9


def tell(folder: Path, lab: NodeLab, *, on_image: bool = False, ext4_root: bool = False) -> Story:
    """Founds the city, starts its center, makes the card, and lays it into a container that has nothing of ours.

    Args:
        ext4_root: as a board's, which the kernel mounts read-only and ``/etc/fstab`` opens.
    """
    town = Town(folder / "town", lab)
    release(folder / "release")
    boot, code = prepare(town, folder, NODE)
    hosts = File(f"127.0.0.1 localhost\n{lab.address} {CENTER}\n")
    files: dict[str, str | bytes | File] = {**files_of(boot), "/etc/hosts": hosts}
    if ext4_root:
        files["/etc/fstab"] = FSTAB
    node = lab.node(
        NODE, bare=True, cloud_init=True, on_image=on_image, read_only=ext4_root, ext4_root=ext4_root, files=files,
        disks=DISKS if ext4_root else {}, formatted=("mimamori-state",) if ext4_root else (),
    )  # fmt: skip
    return Story(lab, town, node, boot, code)
