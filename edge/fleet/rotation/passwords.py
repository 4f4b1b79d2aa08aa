"""Makes passwords and what a machine needs of them: a hash, a verifier, or the password itself."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping

from edge.base.errors import BadConfiguration
from edge.passwords.messages import Material

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters that are misread; typed alike on Japanese and other keyboards, and without shift on a phone."""
GROUPS, GROUP = 4, 5
"""20 letters of 31: 99 bits, and within the 63 characters of a Wi-Fi passphrase."""
_ITERATIONS = 4096
"""PostgreSQL's own; 99 random bits need no stretching."""


def new_password() -> str:
    """Returns a strong password, in groups as it is read out and typed."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def material(kind: str, password: str) -> Material:
    """Returns what an account of ``kind`` is given; a login never gets the password itself.

    Raises:
        BadConfiguration: no such kind.
    """
    if kind == "login":
        return {"hash": login_hash(password)}
    if kind == "wifi":
        return {"secret": password}
    if kind == "database":
        return {"secret": password, "verifier": scram_verifier(password, os.urandom(16))}
    raise BadConfiguration(f"account of kind {kind[:32]!r}: there are login, wifi and database")


def materials(kinds: Mapping[str, str], words: Mapping[str, str]) -> dict[str, Material]:
    """Returns the material of each account."""
    return {name: material(kind, words[name]) for name, kind in kinds.items()}


def login_hash(password: str) -> str:
    """Returns the yescrypt hash for ``/etc/shadow``, by the system's libcrypt (crypt(5)).

    Raises:
        BadConfiguration: this system's libcrypt has no yescrypt.
    """
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt_gensalt_ra.restype = ctypes.c_void_p
    library.crypt_ra.restype = ctypes.c_void_p
    salt = _text(library.crypt_gensalt_ra(b"$y$", ctypes.c_ulong(0), None, 0))
    room, size = ctypes.c_void_p(), ctypes.c_int()
    digest = _text(library.crypt_ra(password.encode(), salt, ctypes.byref(room), ctypes.byref(size)))
    if not digest.startswith(b"$y$"):
        raise BadConfiguration("libcrypt.so.1 makes no yescrypt hashes; run this on Debian 11 or newer")
    return digest.decode()


def scram_verifier(password: str, salt: bytes) -> str:
    """Returns PostgreSQL's form of a SCRAM-SHA-256 verifier (RFC 5803, RFC 5802 section 3)."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${_ITERATIONS}:{_b64(salt)}${_b64(stored)}:{_b64(server)}"


def _text(address: int | None) -> bytes:
    if not address:
        raise BadConfiguration("libcrypt.so.1 makes no yescrypt hashes; run this on Debian 11 or newer")
    return ctypes.string_at(address)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
