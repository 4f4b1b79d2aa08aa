"""Signing keys: what is stored and read, and that nothing shows them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from edge.base.errors import BadConfiguration
from edge.wire import certificates
from edge.wire.keys import SigningKey
from edge.wire.signed import is_valid

SEED = bytes(range(32))


def test_key_comes_back_from_its_file_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    key = SigningKey.generate()
    key.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = SigningKey.load(path)
    assert (loaded.public_key, loaded.seed) == (key.public_key, key.seed)
    assert is_valid(key.public_key, loaded.sign(b"word"), b"word")


def test_seed_of_rfc_8032_gives_its_public_key() -> None:
    key = SigningKey.from_seed(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert key.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def test_keys_are_new_each_time() -> None:
    assert SigningKey.generate().public_key != SigningKey.generate().public_key


def test_key_is_not_shown() -> None:
    key = SigningKey.from_seed(SEED)
    assert SEED.hex() not in f"{key!r}{key!s}{vars(key)!r}"


def pem(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


CURVE = pem(ec.generate_private_key(ec.SECP256R1()))
ED25519 = pem(ed25519.Ed25519PrivateKey.generate())
LOCKED = pem(ed25519.Ed25519PrivateKey.generate(), b"passphrase")
WIDE = pem(ec.generate_private_key(ec.SECP384R1()))
BAD = [b"", b"rubbish", ED25519[:40], ED25519.replace(b"PRIVATE", b"PUBLIC"), LOCKED, b"x" * 5000]


@pytest.mark.parametrize("data", [*BAD, CURVE, None])
def test_file_without_a_signing_key_is_bad_configuration(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "signing.pem"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(BadConfiguration, match=str(path)) as error:
        SigningKey.load(path)
    assert "BEGIN" not in str(error.value)


@pytest.mark.parametrize("data", [*BAD, ED25519, WIDE, None])
def test_file_without_a_tls_key_is_bad_configuration(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "tls.pem"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(BadConfiguration, match=str(path)):
        certificates.load_key(path)


def test_tls_key_comes_back_from_its_file_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "tls.pem"
    key = certificates.new_tls_key()
    certificates.save_key(key, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert certificates.key_hash(certificates.load_key(path).public_key()) == certificates.key_hash(key.public_key())
