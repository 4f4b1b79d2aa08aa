"""Releases at the desk: a folder's files, numbered and signed so that nodes take them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge.base.clock import SimulatedClock
from edge.base.errors import Refused
from edge.cli import main
from edge.desk.city import role_secret
from edge.desk.keystore import KeyStore
from edge.desk.passphrase import from_file
from edge.wire.authority import Role
from edge.wire.release import RELEASE, WHEELS, read_release, require_whole
from tests.node.town import ROLES, ROOT, START_US, make_authority

AUTHORITY = make_authority()


class Desk:
    """A desk that holds the release key, and a folder to sign."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.desk, self.release = folder, folder / "desk", folder / "release"
        (folder / "passphrase").write_text("the desk's own words\n")
        SimulatedClock.create(folder / "clock", START_US)
        self.put(f"{WHEELS}/mimamori_edge-0.3.1-py3-none-any.whl", b"us")
        self.put(f"{WHEELS}/numpy-2.4.0-cp313-cp313-manylinux_2_28_aarch64.whl", b"theirs")
        self.put("debs/python3-libcamera_0.4.0+rpt1-1_arm64.deb", b"camera")

    def put(self, path: str, data: bytes) -> None:
        (self.release / path).parent.mkdir(parents=True, exist_ok=True)
        (self.release / path).write_bytes(data)

    def sign(self, number: object, *more: object) -> int:
        who = ("--desk", self.desk, "--passphrase-file", self.folder / "passphrase")
        words = ("fleet", "release", *who, "--clock", f"simulated:{self.folder / 'clock'}", "--number", number, *more)
        return main([str(word) for word in (*words, self.release)])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Its store is made once, for that is slow on purpose."""
    desk = Desk(tmp_path_factory.mktemp("made"))
    store = KeyStore.create(desk.desk, from_file(desk.folder / "passphrase"))
    store.write(role_secret(Role.RELEASE), ROLES[Role.RELEASE].seed)
    (desk.desk / "authority.json").write_bytes(AUTHORITY.data)
    (desk.desk / "root.pub").write_text(ROOT.public_key.hex())
    return desk


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    shutil.copytree(made.desk, tmp_path / "desk")
    return Desk(tmp_path)


def test_every_file_is_named_by_its_hash(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.sign(7) == 0
    release = read_release(desk.release, AUTHORITY.payload).payload
    assert (release.number, release.version, release.may_replace, len(release.files)) == (7, "0.3.1", 0, 3)
    require_whole(desk.release, release)
    assert "release 7 (0.3.1), 3 files" in capsys.readouterr().out


def test_signing_again_leaves_the_old_signature_out(desk: Desk) -> None:
    assert desk.sign(7) == 0
    assert desk.sign(8, "--may-replace", 9) == 0
    release = read_release(desk.release, AUTHORITY.payload).payload
    assert (release.number, release.may_replace, len(release.files)) == (8, 9, 3)


@pytest.mark.parametrize("changed", ["other bytes", "gone"])
def test_folder_that_was_changed_afterwards_is_no_release(desk: Desk, changed: str) -> None:
    assert desk.sign(7) == 0
    wheel = next((desk.release / WHEELS).glob("numpy*"))
    wheel.write_bytes(b"theirz") if changed == "other bytes" else wheel.unlink()
    with pytest.raises(Exception, match=wheel.name):
        require_whole(desk.release, read_release(desk.release, AUTHORITY.payload).payload)


def test_release_is_checked_before_it_goes_anywhere(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    check = ["fleet", "check-release", "--city", str(desk.desk), str(desk.release)]
    assert desk.sign(7) == 0
    assert main(check) == 0
    assert "release 7 (0.3.1), signed" in capsys.readouterr().out
    next((desk.release / WHEELS).glob("numpy*")).write_bytes(b"other!")
    assert main(check) == Refused.exit_status
    assert "not the file that release 7 names" in capsys.readouterr().err


def test_release_of_another_key_is_refused(desk: Desk) -> None:
    assert desk.sign(7) == 0
    other = AUTHORITY.payload.model_copy(update={"keys": ()})
    with pytest.raises(Refused, match="release key"):
        read_release(desk.release, other)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda desk: next((desk.release / WHEELS).glob("mimamori*")).unlink(), "0 wheels of mimamori-edge"),
        (lambda desk: desk.put(f"{WHEELS}/mimamori_edge-0.3.2-py3-none-any.whl", b"2"), "2 wheels of mimamori-edge"),
        (lambda desk: desk.put("a/b/c", b"deep"), "FILE or DIR/FILE"),
        (lambda desk: desk.put("wheels/-rf", b"option"), "FILE or DIR/FILE"),
    ],
    ids=["no wheel of ours", "two", "too deep", "a name like an option"],
)
def test_folder_that_makes_no_release_says_why(
    desk: Desk, capsys: pytest.CaptureFixture[str], spoil: object, said: str
) -> None:
    spoil(desk)  # type: ignore[operator]
    assert desk.sign(7) == 66
    assert said in capsys.readouterr().err
    assert not (desk.release / RELEASE).exists()


@pytest.mark.parametrize("number", ["0", "-1", "x", "2147483648"])
def test_number_is_a_whole_number_from_one_on(desk: Desk, number: str) -> None:
    assert desk.sign(number) == 64
