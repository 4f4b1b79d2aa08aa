"""The certificate of destruction on paper: printed for what the node's registered key signed, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.cli import main
from edge.desk.office import role_key
from edge.fleet.orders import Signer
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.decommissioned import Decommissioned, LastRecord
from edge.wire.keys import SigningKey
from edge.wire.registration import Registration
from tests.fleet.paper import pages_of

NODE, HASH = "matsudo-017", "0123456789abcdef" * 4
KEY, OTHER = SigningKey.from_seed(b"n" * 32), SigningKey.from_seed(b"o" * 32)


def certificate(folder: Path, signer: SigningKey = KEY, *, node: str = NODE, recorded: bool = True) -> Path:
    now_us = SystemClock().now_us()
    word = Decommissioned(
        node=node, reference="T-2026-17", began=now_us, ended=now_us, unreceipted=2, files=9, length=1234567,
        free_space=True, last=LastRecord(chain="cd" * 16, sequence=41, sha256=HASH) if recorded else None,
    )  # fmt: skip
    path = folder / "certificate.json"
    path.write_bytes(signed.sign("decommissioned", word, signer).data + b"\n")
    return path


def registration(folder: Path, signer: SigningKey) -> Path:
    now_us = SystemClock().now_us()
    word = Registration(node=NODE, signing_key=KEY.public_key.hex(), tls_key="ab" * 32, registered=now_us)
    path = folder / "registration.json"
    path.write_bytes(signed.sign("registration", word, signer).data)
    return path


def printed(signer: Signer, folder: Path, paper: Path, registered: Path) -> int:
    words = ("fleet", "certificate", paper, "--desk", signer.office.folder, "--registration", registered)
    return main([str(word) for word in (*words, "--out", folder / "certificate.pdf")])


def city_key(signer: Signer, role: Role = Role.REGISTRATION) -> SigningKey:
    return role_key(signer.keys, signer.office.authority.payload, role, SystemClock().now_us())


def test_paper_names_node_last_record_and_what_went_and_leaves_room_for_two_names(
    signer: Signer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R-MATSUDO-14, R-ASAHIKAWA-07, R-TOTTORI-07."""
    assert printed(signer, tmp_path, certificate(tmp_path), registration(tmp_path, city_key(signer))) == 0
    assert HASH in capsys.readouterr().out
    (page,) = pages_of((tmp_path / "certificate.pdf").read_bytes())
    told = page.replace("\n", " ")
    for text in ("消去証明書", NODE, "T-2026-17", "41", "1,234,567", "上書き済み", "管理責任者", "立会人"):
        assert text in told, text
    assert HASH in told.replace(" ", "")
    assert (tmp_path / "certificate.pdf").stat().st_mode & 0o777 == 0o600


def test_node_that_never_recorded_has_a_certificate_too(signer: Signer, tmp_path: Path) -> None:
    paper = certificate(tmp_path, recorded=False)
    assert printed(signer, tmp_path, paper, registration(tmp_path, city_key(signer))) == 0
    assert "一件もなかった" in pages_of((tmp_path / "certificate.pdf").read_bytes())[0]


def test_certificate_that_another_key_signed_is_not_printed(signer: Signer, tmp_path: Path) -> None:
    registered = registration(tmp_path, city_key(signer))
    assert printed(signer, tmp_path, certificate(tmp_path, OTHER), registered) != 0
    assert not (tmp_path / "certificate.pdf").exists()


def test_certificate_of_another_node_is_not_printed(signer: Signer, tmp_path: Path) -> None:
    registered = registration(tmp_path, city_key(signer))
    assert printed(signer, tmp_path, certificate(tmp_path, node="matsudo-018"), registered) != 0
    assert not (tmp_path / "certificate.pdf").exists()


def test_registration_that_its_role_did_not_sign_proves_nothing(signer: Signer, tmp_path: Path) -> None:
    for key in (OTHER, city_key(signer, Role.VISIT)):
        assert printed(signer, tmp_path, certificate(tmp_path), registration(tmp_path, key)) != 0
        assert not (tmp_path / "certificate.pdf").exists()
