"""Prepares one card: gathers what a node needs, and writes it to the card's boot partition."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import BadConfiguration
from edge.base.files import read_bounded
from edge.desk.visits import Visit
from edge.fleet import bootfs
from edge.fleet.bootfs import Written
from edge.fleet.bootsettings import cmdline_txt, config_txt
from edge.fleet.card import Job, items
from edge.fleet.cloudinit import meta_data, network_config, user_data
from edge.fleet.line import read_secrets
from edge.fleet.nodepapers import Asked, NodePapers, node_papers
from edge.fleet.orders import Signer
from edge.fleet.papers import Office
from edge.fleet.profile import Own, Profile
from edge.wire.authority import Authority
from edge.wire.release import RELEASE, read_release, require_whole
from edge.wire.signed import DOCUMENT_LIMIT_BYTES

_CA_LIMIT_BYTES = 16 * 1024
_KEY_KINDS = (b"ssh-ed25519 ", b"ecdsa-sha2-", b"sk-ssh-ed25519@openssh.com ", b"ssh-rsa ")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all cards of a city share.

    Attributes:
        papers: folder of folders, one a node (``edge.fleet.nodepapers``).
        phone: whom installers call.
        admin_ca: file with the public key of the city's SSH user CA.
        partitions: False for a container, which has no card to divide.
    """

    signer: Signer
    release: Path
    papers: Path
    phone: str
    code_on_paper: bool
    admin_ca: Path | None = None
    partitions: bool = True


@dataclass(frozen=True, slots=True)
class CardOrder:
    """One card.

    Attributes:
        line: file with what its line asks for, ``edge.fleet.line``.
        key_list: file with a key list to begin with, for a node that fetches none.
        boot: the mounted boot partition; None for papers alone.
    """

    own: Own
    profile: Profile
    visit: Visit
    line: Path | None = None
    key_list: Path | None = None
    boot: Path | None = None


def make_papers(workshop: Workshop, order: CardOrder, now_us: int) -> NodePapers:
    """Makes a node's papers; see ``node_papers``."""
    office = letterhead(workshop, order.profile)
    asked = Asked(order.own.label, order.visit, order.profile, office, workshop.code_on_paper)
    return node_papers(workshop.papers / order.own.node, workshop.signer, asked, now_us)


def write_boot(workshop: Workshop, order: CardOrder, papers: NodePapers, boot: Path) -> Written:
    """Writes a card's boot partition.

    Raises:
        BadInput: it is none, or has too little room.
        BadConfiguration, StorageFault: something is missing, or the card refused.
    """
    bootfs.require_boot_partition(boot)
    network = order.profile.network
    job = Job(
        own=order.own,
        profile=order.profile,
        line=read_secrets(order.line, network),
        trust=workshop.signer.office.folder,
        enrolment=papers.enrolment.data,
        visit=papers.visit.data,
        kit=papers.kit,
        release=workshop.release,
        number=release_number(workshop.release, workshop.signer.office.authority.payload),
        written_us=papers.enrolment.payload.issued,
        admin_ca=None if workshop.admin_ca is None else _admin_ca(workshop.admin_ca),
        key_list=None if order.key_list is None else read_bounded(order.key_list, limit_bytes=DOCUMENT_LIMIT_BYTES),
        partitions=workshop.partitions,
    )
    firmware = {
        "config.txt": config_txt(bootfs.firmware_text(boot, "config.txt"), order.profile.board.camera),
        "cmdline.txt": cmdline_txt(bootfs.firmware_text(boot, "cmdline.txt"), network.country),
    }
    seed = {
        "user-data": user_data(order.own.node, order.profile, admin=job.admin_ca is not None),
        "meta-data": meta_data(f"{order.own.node}-{papers.enrolment.payload.ticket}"),
        "network-config": network_config(network),
    }
    done = bootfs.write_card(boot, items(job), firmware, seed)
    bootfs.settle(boot)
    return done


def release_number(folder: Path, authority: Authority) -> int:
    """Returns the number of a signed release; 0 for a folder that nobody signed.

    Raises:
        BadInput, Refused: it is signed, but not by the release role, or its files are others.
    """
    if not (folder / RELEASE).exists():
        return 0
    release = read_release(folder, authority).payload
    require_whole(folder, release)
    return release.number


def letterhead(workshop: Workshop, profile: Profile) -> Office:
    """Returns whom papers name."""
    return Office(profile.city, workshop.phone)


def _admin_ca(path: Path) -> bytes:
    data = read_bounded(path, limit_bytes=_CA_LIMIT_BYTES)
    if not data.startswith(_KEY_KINDS) or b"PRIVATE" in data:
        raise BadConfiguration(f"{path}: no public SSH key; give the user CA's .pub file")
    return data
