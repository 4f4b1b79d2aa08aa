from __future__ import annotations

import ctypes
import re

import pytest

from edge.base.errors import BadConfiguration
from edge.fleet.rotation.passwords import ALPHABET, login_hash, material, new_password, scram_verifier
from edge.passwords.login import _HASH


def test_passwords_are_strong_unique_and_typed_without_doubt() -> None:
    made = {new_password() for _ in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch(r"([a-hjkmnp-z2-9]{5}-){3}[a-hjkmnp-z2-9]{5}", word) for word in made)
    assert len(ALPHABET) ** 20 > 2**99
    assert {letter for word in made for letter in word} == {*ALPHABET, "-"}, "every letter comes up"


def test_login_hash_is_one_that_the_system_itself_checks() -> None:
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    one, two = login_hash("correct-horse"), login_hash("correct-horse")
    assert one != two, "each has a salt of its own"
    assert library.crypt(b"correct-horse", one.encode()) == one.encode()
    assert library.crypt(b"correct-house", one.encode()) != one.encode()
    assert _HASH.fullmatch(one)


def test_scram_verifier_is_that_of_rfc_7677() -> None:
    """Section 3: user "user", password "pencil"; the keys follow from its proof and signature."""
    import base64
    import hashlib
    import hmac

    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    said = (
        b"n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,"
        b"i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    signature = base64.b64decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    head, keys = scram_verifier("pencil", salt).split("$", 1)[1].split("$")
    stored, server = (base64.b64decode(key) for key in keys.split(":"))
    assert head == "4096:W22ZaJ0SNY7soEsUEjb6gQ=="
    assert hmac.digest(server, said, "sha256") == signature
    client = bytes(a ^ b for a, b in zip(proof, hmac.digest(stored, said, "sha256"), strict=True))
    assert hashlib.sha256(client).digest() == stored


def test_a_login_is_never_given_the_password_itself() -> None:
    assert "pass-word" not in str(material("login", "pass-word"))
    assert material("wifi", "pass-word") == {"secret": "pass-word"}
    with pytest.raises(BadConfiguration, match="login, wifi and database"):
        material("retina", "pass-word")
