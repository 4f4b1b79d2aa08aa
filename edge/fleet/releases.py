"""Releases at the desk: a folder of wheels and packages, numbered and signed by the release role."""

from __future__ import annotations

import argparse
from pathlib import Path

from pydantic import ValidationError

from edge.base.errors import BadInput, UsageFault
from edge.base.files import write_durably
from edge.base.model import faults
from edge.desk.arguments import add_clock, add_json, add_passphrase, office_of, role_store, say
from edge.desk.keystore import KeyStore
from edge.desk.office import Office, open_office, role_key
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.release import FILES_AT_MOST, RELEASE, WHEELS, Release, describe_file, read_release, require_whole
from edge.wire.signed import Signed

_DISTRIBUTION = "mimamori_edge-"


def make_release(
    office: Office, store: KeyStore, folder: Path, number: int, may_replace: int, now_us: int
) -> Signed[Release]:
    """Returns the signed release of a folder; its version is that of the ``mimamori-edge`` wheel in ``wheels``.

    Raises:
        BadInput: no such wheel or several, names that no release may have, too many files, unreadable ones.
        NotPermitted: the release key is not to be had.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / RELEASE)
    try:
        release = Release(
            number=number,
            version=_version(folder),
            issued=now_us,
            may_replace=may_replace,
            files=tuple(describe_file(folder, path) for path in paths[: FILES_AT_MOST + 1]),
        )
    except ValidationError as error:
        raise BadInput(f"{folder}: makes no release: " + "; ".join(faults(error)[:5])) from error
    return signed.sign("release", release, role_key(store, office.authority.payload, Role.RELEASE, now_us))


def _version(folder: Path) -> str:
    wheels = list((folder / WHEELS).glob(f"{_DISTRIBUTION}*.whl"))
    if len(wheels) != 1:
        raise BadInput(f"{folder / WHEELS}: {len(wheels)} wheels of mimamori-edge; a release has exactly one")
    return wheels[0].name.removeprefix(_DISTRIBUTION).split("-")[0]


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    release = subparsers.add_parser("release", help="number and sign a release's folder")
    release.add_argument("--desk", required=True, type=Path, metavar="DIR")
    release.add_argument("--number", required=True, type=_number, metavar="N", help="above that of every earlier one")
    release.add_argument(
        "--may-replace", default=0, type=_number, metavar="N", help="a way back: may follow releases up to this number"
    )
    release.add_argument("folder", type=Path, metavar="DIR", help="with wheels/; release.json is written into it")
    add_passphrase(release)
    add_clock(release)
    add_json(release)
    release.set_defaults(run=_release)
    check = subparsers.add_parser("check-release", help="that a release is signed and whole, before it goes anywhere")
    check.add_argument("--city", required=True, type=Path, metavar="DIR", help="with authority.json and root.pub")
    check.add_argument("folder", type=Path, metavar="DIR")
    add_json(check)
    check.set_defaults(run=_check)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
        raise UsageFault(f"{text[:20]!r}: a release's number is a whole number from 1 on")
    return int(text)


def _release(options: argparse.Namespace) -> int:
    office, clock = office_of(options)
    document = make_release(
        office, role_store(options), options.folder, options.number, options.may_replace, clock.now_us()
    )
    write_durably(options.folder / RELEASE, document.data)
    release = document.payload
    text = f"{options.folder / RELEASE}: release {release.number} ({release.version}), {len(release.files)} files"
    say(options, text, number=release.number, version=release.version, files=len(release.files))
    return 0


def _check(options: argparse.Namespace) -> int:
    release = read_release(options.folder, open_office(options.city).authority.payload).payload
    require_whole(options.folder, release)
    text = f"{options.folder}: release {release.number} ({release.version}), signed, every file as it was"
    say(options, text, number=release.number, version=release.version)
    return 0
