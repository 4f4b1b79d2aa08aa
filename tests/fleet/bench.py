"""The bench at which cards are made, in tests: a city, a release of a few bytes, boot partitions of fresh images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.cli import main

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
        folder: of this test alone.
    """

    founded: Path
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

    def shared(self, *, passphrase: bool = True) -> list[object]:
        """The options that all cards share."""
        words: list[object] = ["--desk", self.desk, "--papers", self.papers, "--release", self.release]
        words += ["--phone", "047-366-1111"]
        return [*words, "--passphrase-file", self.founded / "desk.passphrase"] if passphrase else words

    def prepare(self, boot: Path, *more: object, node: str = "matsudo-017", profile: str = "matsudo") -> int:
        """Runs ``mimamori flash prepare``."""
        own: list[object] = ["--node", node, "--profile", profile, "--center", "center.example", "--label", "本町通り"]
        visit: list[object] = ["--installer", "K-07", "--from", FROM, "--to", TO]
        return run("prepare", *own, *visit, *self.shared(), *more, boot)


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
