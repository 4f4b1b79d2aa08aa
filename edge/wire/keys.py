"""Ed25519 signing keys in memory and as private PEM files."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.base.errors import BadConfiguration, BadInput
from edge.base.files import read_bounded, write_durably

_PEM_LIMIT = 4096


class SigningKey:
    """An Ed25519 private key; neither its ``repr`` nor its errors show it."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self._public = private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> SigningKey:
        """Makes a new key from the system's random source."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Returns the key of a 32-byte seed (RFC 8032), for stores that keep seeds."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def load(cls, path: Path) -> SigningKey:
        """Reads an unencrypted PKCS #8 PEM file.

        Raises:
            BadConfiguration: missing, or not an Ed25519 key.
        """
        try:
            key = serialization.load_pem_private_key(read_bounded(path, limit_bytes=_PEM_LIMIT), password=None)
        except (BadInput, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BadConfiguration(
                f"{path}: no readable signing key there; make it with 'mimamori node init'"
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise BadConfiguration(f"{path}: holds another kind of key; an Ed25519 key is needed")
        return cls(key)

    def save(self, path: Path) -> None:
        """Writes the PEM file, readable by its owner alone."""
        data = self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_durably(path, data, mode=0o600)

    @property
    def seed(self) -> bytes:
        """The 32 private bytes; only for a store that encrypts them."""
        return self._private.private_bytes_raw()

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Returns the 64-byte signature."""
        return self._private.sign(message)
