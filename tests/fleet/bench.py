"""The bench at which cards are made, in tests: a city, a release of a few bytes, boot partitions of fresh images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import SystemClock, from_iso
from edge.cli import main
from edge.desk.visits import Visit
from edge.fleet.bootfs import Written
from edge.fleet.flash import CardOrder, Workshop, make_papers, write_boot
from edge.fleet.orders import Signer
from edge.fleet.profile import Own, read_profile
from edge.wire.visit import Scope

CONFIG = """# For more options and information see
dtparam=audio=on
camera_auto_detect=1
auto_initramfs=1
dtoverlay=vc4-kms-v3d

[cm4]
otg_mode=1

[all]
"""
CMDLINE = (
    "console=serial0,115200 console=tty1 root=PARTUUID=5d0bc1ec-02 rootfstype=ext4 fsck.repair=yes rootwait resize\n"
)
FROM, TO = "2035-01-06T09:00:00+09:00", "2035-01-06T17:00:00+09:00"


@dataclass(frozen=True, slots=True)
class Bench:
    """A bench.

    Attributes:
        founded: the city's folders, with the fleet's store and the passphrases.
        signer: both stores unlocked.
        folder: of this test alone.
    """

    founded: Path
    signer: Signer
    folder: Path

    @property
    def desk(self) -> Path:
        return self.founded / "city" / "desk"

    @property
    def papers(self) -> Path:
        return self.folder / "papers"

    @property
    def release(self) -> Path:
        return self.folder / "release"

    def card(self, name: str = "bootfs") -> Path:
        """Returns a card's boot partition as Raspberry Pi OS Lite of Trixie leaves it."""
        boot = self.folder / name
        boot.mkdir()
        texts = {"config.txt": CONFIG, "cmdline.txt": CMDLINE, "kernel8.img": "kernel", "user-data": "#cloud-config\n"}
        for file, text in {**texts, "meta-data": "instance_id: rpios-image\n", "network-config": ""}.items():
            (boot / file).write_text(text)
        return boot

    def prepare(
        self, boot: Path, node: str = "matsudo-017", profile: str = "matsudo", *, line: Path | None = None,
        admin_ca: Path | None = None,
    ) -> Written:  # fmt: skip
        """Does what ``mimamori flash prepare`` does, without its second of scrypt a store."""
        workshop = Workshop(self.signer, self.release, self.papers, "047-366-1111", True, admin_ca)
        own = Own(node=node, camera=node.upper(), label="本町通り", center="center.example")
        visit = Visit(node, "K-07", Scope.FIRST, (from_iso(FROM), from_iso(TO)))
        order = CardOrder(own, read_profile(profile), visit, line)
        papers = make_papers(workshop, order, SystemClock().now_us())
        return write_boot(workshop, order, papers, boot)

    def shared(self) -> list[object]:
        """The options that all cards share."""
        words: list[object] = ["--desk", self.desk, "--papers", self.papers, "--release", self.release]
        words += ["--store", self.founded / "store", "--phone", "047-366-1111", "--code", "paper"]
        words += ["--passphrase-file", self.founded / "desk.passphrase"]
        return [*words, "--store-passphrase-file", self.founded / "store.passphrase"]


def run(*words: object) -> int:
    """Runs a ``mimamori flash`` command."""
    return main(["flash", *(str(word) for word in words)])


def make_release_folder(folder: Path) -> None:
    """Writes what ``flash wheels`` makes, in small."""
    (folder / "wheels").mkdir(parents=True)
    (folder / "debs").mkdir()
    (folder / "wheels" / "mimamori_edge-0.1.0-py3-none-any.whl").write_bytes(b"our wheel")
    (folder / "wheels" / "numpy-2.5.5-cp313-cp313-manylinux_2_28_aarch64.whl").write_bytes(b"numpy")
    (folder / "wheels" / "requirements.txt").write_text("numpy==2.5.5 --hash=sha256:00\n")
    (folder / "debs" / "modemmanager_1.24_arm64.deb").write_bytes(b"deb")


def tree_of(folder: Path) -> dict[str, bytes]:
    """Returns every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
