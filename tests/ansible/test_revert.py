"""What puts back who gets in: all of it as it was, nothing that came later, and again after a power cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ansible.scripts import script

revert = script("baseline", "revert")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {"etc/ssh/sshd_config.d/00-mimamori.conf": "old", "etc/sudoers.d/mimamori": "old"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o440)
    return tmp_path


def tree(root: Path) -> dict[str, tuple[int, str]]:
    found = [path for path in root.rglob("*") if path.is_file() and "var" not in path.relative_to(root).parts]
    return {str(path.relative_to(root)): (path.stat().st_mode & 0o777, path.read_text()) for path in found}


def change(root: Path) -> None:
    """Does what roles do: files changed, files and folders that are new."""
    path = root / "etc/ssh/sshd_config.d/00-mimamori.conf"
    path.unlink()
    path.write_text("new")
    (root / "etc/nftables.conf").write_text("new")
    (root / "etc/wireguard").mkdir()
    (root / "etc/wireguard/wg0.conf").write_text("new")
    (root / "etc/ssh/mimamori/principals").mkdir(parents=True)
    (root / "etc/ssh/mimamori/principals/mimamori-admin").write_text("new")


def test_everything_is_as_it_was_before(root: Path) -> None:
    before = tree(root)
    revert.arm(root)
    change(root)
    assert tree(root) != before
    assert revert.put_back(root)
    assert tree(root) == before


def test_arming_again_keeps_what_was_confirmed_last(root: Path) -> None:
    before = tree(root)
    revert.arm(root)
    change(root)
    revert.arm(root)  # the next run of a playbook that was cut off
    revert.put_back(root)
    assert tree(root) == before


def test_what_was_confirmed_stays(root: Path) -> None:
    revert.arm(root)
    change(root)
    after = tree(root)
    revert.confirm(root)
    assert not revert.put_back(root)
    assert tree(root) == after


def test_putting_back_can_be_cut_off_and_done_again(root: Path) -> None:
    before = tree(root)
    revert.arm(root)
    change(root)
    revert.put_back(root)
    (root / "etc/sudoers.d/mimamori").unlink()  # a power cut in the midst of it
    assert revert.put_back(root)
    assert tree(root) == before


def test_a_copy_that_was_cut_off_is_no_copy(root: Path) -> None:
    (root / revert.KEPT).parent.mkdir(parents=True)
    (root / revert.KEPT).with_suffix(".new").write_bytes(b"half of it")
    assert not revert.put_back(root)
    assert revert.arm(root) == "armed"
    change(root)
    assert revert.put_back(root)


def test_the_copy_is_for_root_alone(root: Path) -> None:
    revert.arm(root)
    assert (root / revert.KEPT).stat().st_mode & 0o077 == 0


def test_a_key_that_others_know_this_machine_by_stays(root: Path) -> None:
    revert.arm(root)
    change(root)
    (root / "etc/wireguard/wg0.key").write_text("made meanwhile, registered at the bastion")
    revert.put_back(root)
    assert [path.name for path in (root / "etc/wireguard").iterdir()] == ["wg0.key"]
