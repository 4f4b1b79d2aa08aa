"""Releases: what a node's firmware is made of, signed by the city's release role.

Rules:
  1. A release is a folder: ``release.json`` and the files that it names, no others.
  2. Releases are numbered. A node takes none whose number is not above the highest it has ever taken, so that nobody
     brings back an old fault with an old signature.
  3. One that may follow a newer release says so itself, up to which number (``may_replace``): a way back is signed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded
from edge.base.model import Hex32, Strict, Utc, matching
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed

RELEASE = "release.json"
WHEELS = "wheels"
FILES_AT_MOST = 512
_CHUNK_BYTES = 1 << 20
_NAME = r"[A-Za-z0-9][A-Za-z0-9._+~-]*"

Version = Annotated[str, AfterValidator(matching(r"[0-9]+(\.[0-9]+)*[a-z0-9.+]*", "a version such as 0.3.1", 32))]
Number = Annotated[int, Field(ge=1, lt=2**31)]
RelativePath = Annotated[str, AfterValidator(matching(rf"{_NAME}(/{_NAME})?", "FILE or DIR/FILE", 200))]


class ReleaseFile(Strict):
    """One file.

    Attributes:
        path: in the release's folder, at most one folder deep.
        length: bytes.
    """

    path: RelativePath
    length: Annotated[int, Field(ge=0, lt=2**32)]
    sha256: Hex32


class Release(Strict):
    """What the release role signs.

    Attributes:
        version: of the distribution ``mimamori-edge`` among the wheels, as heartbeats tell it.
        may_replace: the highest number that it may follow although that is newer; 0 for none.
    """

    v: Literal[1] = 1
    number: Number
    version: Version
    issued: Utc
    may_replace: Annotated[int, Field(ge=0, lt=2**31)] = 0
    files: Annotated[tuple[ReleaseFile, ...], Field(strict=False, min_length=1, max_length=FILES_AT_MOST)]

    @model_validator(mode="after")
    def _names_each_once(self) -> Release:
        paths = [file.path for file in self.files]
        if len(set(paths)) != len(paths) or RELEASE in paths:
            raise ValueError("files: each path once, and release.json itself not among them")
        return self

    def require_above(self, highest: int) -> None:
        """Checks that a node which has taken release ``highest`` may take this one.

        Raises:
            Refused: ``old-version``.
        """
        if self.number <= highest and not (0 < highest <= self.may_replace):
            raise Refused(
                "old-version",
                f"release {self.number} is not above {highest}, which this node has taken;"
                f" a way back needs a release signed with --may-replace {highest}",
            )


def parse_release(data: bytes, authority: Authority) -> Signed[Release]:
    """Parses a release and checks its signer.

    Raises:
        Refused: ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("release", Release, data)
    authority.require(document, Role.RELEASE, document.payload.issued)
    return document


def read_release(folder: Path, authority: Authority) -> Signed[Release]:
    """Reads a folder's release; its files are not looked at.

    Raises:
        BadInput: no release.json, or unreadable.
        Refused: as ``parse_release``.
    """
    return parse_release(read_bounded(folder / RELEASE, limit_bytes=DOCUMENT_LIMIT_BYTES), authority)


def describe_file(folder: Path, path: Path) -> ReleaseFile:
    """Returns a file of a release's folder as a release names it.

    Raises:
        BadInput: it cannot be read.
    """
    digest, length = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                length += len(chunk)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    return ReleaseFile(path=path.relative_to(folder).as_posix(), length=length, sha256=digest.hexdigest())


def require_whole(folder: Path, release: Release) -> None:
    """Checks that a folder holds the release's files, byte for byte.

    Raises:
        BadInput: one is missing.
        Refused: ``bad-hash``: one is not what was signed.
    """
    for file in release.files:
        if describe_file(folder, folder / file.path) != file:
            raise Refused("bad-hash", f"{folder / file.path}: not the file that release {release.number} names")
