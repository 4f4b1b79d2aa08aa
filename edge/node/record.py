"""The recorder's process: reads its configuration, puts the stages together, records until the end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from edge import __version__
from edge.base.clock import Clock, read_both
from edge.base.config import load
from edge.base.errors import StorageFault
from edge.base.files import private_directory
from edge.capture.port import Camera
from edge.encode.h264 import codec_of_board
from edge.mask.live import LiveMasks
from edge.node.config import NodeConfig
from edge.node.credentials import KEY_LIST, KeyLists, load_authority, load_signing_key
from edge.node.hardening import boot_id, forbid_dumps, keep_out_of_swap
from edge.node.masks.firstmasks import first_masks
from edge.node.masks.maskorders import MaskOrders
from edge.node.masks.selfchecks import Look
from edge.node.matters import Instant
from edge.node.recording.bitrate import make_encoder
from edge.node.recording.casewatch import CaseWatch
from edge.node.recording.monitor import Monitor
from edge.node.recording.openfiles import allow_open_files
from edge.node.recording.progress import Progress, Stage
from edge.node.recording.recorder import Limits, Recorder
from edge.node.recording.sealer import Seal, Sealer
from edge.node.records.earlier import before, last_words, stalls
from edge.node.records.journal import Journal
from edge.node.records.memory import Memory
from edge.node.records.outcome import require_footage
from edge.node.records.tally import Names, Tally
from edge.node.signals import stop_on_signals
from edge.node.source import open_camera
from edge.node.statefiles import CASE, KNOWN_TIME, TRUSTED_DAY
from edge.node.time.knowntime import KnownTime
from edge.node.time.timekeeping import ReceiptTimes
from edge.node.time.timenotes import TimeNoteInbox
from edge.node.time.trustedday import TrustedDay
from edge.node.visit.cameralock import RECORDER_WAIT_S, take_camera
from edge.node.visit.signedoff import Offer, SignOffs
from edge.node.visit.visiting import Visiting
from edge.node.visit.visitrecords import visit_records
from edge.node.watchdog import Watchdog
from edge.seal.chain import Chain, InForce, Writer, new_chain_id
from edge.seal.manifest import Kind
from edge.seal.sealing import seal
from edge.spool.disk import Disk
from edge.spool.opening import create_spool, open_spool
from edge.spool.receipted import VerifiedReceipts
from edge.spool.spool import Spool
from edge.wire.authority import Authority
from edge.wire.signed import Signer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Node:
    """Who records: configuration, clock, whom it believes, its key, this boot."""

    config: NodeConfig
    clock: Clock
    authority: Authority
    signer: Signer
    boot: str

    @property
    def visiting(self) -> Visiting:
        """Which visit is open."""
        return Visiting(self.config, self.authority, self.clock)


def record(config_path: Path, seconds: float | None) -> int:
    """Records until the source ends, ``seconds`` of footage are there, or a signal comes; returns the exit status.

    Raises:
        MimamoriError: whatever ended it before its time.
    """
    forbid_dumps()
    stop = stop_on_signals()
    config = load(config_path, NodeConfig)
    keep_out_of_swap(demo=config.demo)
    node = _Node(config, config.open_clock(), load_authority(config), load_signing_key(config), boot_id())
    visiting = node.visiting
    watchdog = Watchdog()
    monitor = Monitor(Progress(node.clock), watchdog, node.clock)
    monitor.start()
    try:
        _record_unless_visited(node, Limits(seconds, stop, visiting.wants_camera_at), visiting, monitor)
    finally:
        monitor.stop()
        watchdog.close()
    return 0


def _record_unless_visited(node: _Node, limits: Limits, visiting: Visiting, monitor: Monitor) -> None:
    """Waits for the camera, and records with it; the monitor outlives all of it."""
    private_directory(node.config.state)
    private_directory(node.config.run)
    monitor.progress.enter(Stage.VISIT)
    lock = take_camera(
        node.config.camera_lock, "recorder", node.clock, limits.stop, RECORDER_WAIT_S, wanted=visiting.wants_camera
    )
    if lock is not None:
        with lock:
            _record(node, limits, monitor)


def _record(node: _Node, limits: Limits, monitor: Monitor) -> None:
    """Opens camera and spool, records, and closes them."""
    config = node.config
    monitor.progress.enter(Stage.OPEN_CAMERA)
    with open_camera(config.source, node.clock, config.timezone) as camera:
        monitor.progress.frame_s = float(1 / camera.fps)
        monitor.progress.enter(Stage.OPEN_SPOOL)
        spool = _open_spool(node)
        try:
            _run(node, camera, spool, limits, monitor)
        finally:
            monitor.progress.enter(Stage.STOP)
            spool.close()


def _open_spool(node: _Node, disk: Disk | None = None, new_chain: Callable[[], str] = new_chain_id) -> Spool:
    """Opens the card's spool, or the one in memory where the card's cannot be made or opened."""
    spool = node.config.spool
    try:
        layout = create_spool(
            spool.folder,
            capacity_bytes=spool.capacity_bytes,
            reel_bytes=spool.reel_bytes,
            chain=new_chain(),
            disk=disk,
        )
        allow_open_files(layout.reels)
        return open_spool(
            spool.folder,
            public_key=node.signer.public_key,
            receipts=_receipts(node),
            position=node.config.position,
            retention_days=node.config.retention_days,
            disk=disk,
            new_chain=new_chain,
        )
    except StorageFault as error:
        return _memory(node).open(None, str(error))


def _memory(node: _Node) -> Memory:
    return Memory(node.config, node.signer.public_key, _receipts(node))


def _receipts(node: _Node) -> VerifiedReceipts:
    return VerifiedReceipts(node.config.uplink.state / "receipts", node.config.node, node.authority)


def _run(node: _Node, camera: Camera, spool: Spool, limits: Limits, monitor: Monitor) -> None:
    config, progress = node.config, monitor.progress
    progress.enter(Stage.BEGIN)
    orders = MaskOrders(config, node.authority)
    orders.finish(camera.geometry)
    signoffs = SignOffs(config, node.authority, node.visiting)
    masks, offer = first_masks(config, camera.geometry, spool, signoffs)
    tally = Tally(Names(config.node, node.boot, __version__), config.status, spool.capacity_bytes)
    tally.tell("sign-off", signoffs.refused)
    try:
        recorder = _make_recorder(node, camera, spool, masks, orders, tally, progress, offer=offer)
        if offer is not None:
            signoffs.done(offer)
        monitor.tally = tally
        monitor.watchdog.ready(f"recording {config.source.kind} at {camera.geometry.width}x{camera.geometry.height}")
        recorder.run(limits)
        require_footage(tally)
        tally.stopped()
    except Exception as error:
        cause = progress.blame(error)
        tally.stopped() if cause is None else tally.failed(cause.value, str(error))
        raise
    finally:
        tally.publish(node.clock.now_us())
        counts = tally.counts
        _log.info("%d segments of footage on the card, %d frames missed", counts.segments, counts.frames_missed)


def _make_recorder(
    node: _Node,
    camera: Camera,
    spool: Spool,
    masks: LiveMasks,
    orders: MaskOrders,
    tally: Tally,
    progress: Progress,
    *,
    offer: Offer | None,
) -> Recorder:
    leaks: SimpleQueue[str] = SimpleQueue()
    painter = masks.in_force.painter
    digests = InForce(masks=painter.mask_digest, floor=painter.floor_digest)
    sealer = _make_sealer(node, spool, tally, digests, leaks, offer=offer)
    bitrate, encoder = make_encoder(node.config, camera, codec_of_board())
    return Recorder(camera, masks, encoder, sealer, leaks, tally, progress, bitrate=bitrate, orders=orders)


def _make_sealer(
    node: _Node,
    spool: Spool,
    tally: Tally,
    digests: InForce,
    leaks: SimpleQueue[str],
    *,
    look: Look | None = None,
    sealing: Seal = seal,
    offer: Offer | None = None,
) -> Sealer:
    """Begins the run with its BOOT record, and a visit's SIGNOFF, once nothing more can refuse to begin."""
    config, recovery = node.config, spool.recovery
    chain = Chain(recovery.chain, Writer(config.node, node.boot, __version__), node.signer, recovery.tip)
    receipts, notes = config.uplink.state / "receipts", TimeNoteInbox(config.time_note, node.authority, config.node)
    known = KnownTime(config.state / KNOWN_TIME, node.clock.monotonic_ns() // 1000)
    times = ReceiptTimes(receipts, recovery.chain, chain.next_sequence, node.authority, node.clock, known, notes)
    key_lists = KeyLists(
        config.state / KEY_LIST, config.uplink.state / "inbox" / "key-list.json", node.authority, config.node
    )
    if key_lists.current is not None:
        times.take_key_list(key_lists.current.payload)
    day = TrustedDay(config.state / TRUSTED_DAY)
    words = last_words(config.status, node.boot)
    earlier = before(recovery, words, node.boot)
    if earlier is not None:
        tally.carry(
            {cause.value: message for cause, message in stalls(words).items()}, earlier.frames, earlier.end.wall_us
        )
    journal = Journal(chain, spool, times, tally, node.clock, earlier, _memory(node))
    tally.masks, tally.floor = digests.masks, digests.floor
    reading = read_both(node.clock)
    now = Instant(reading.wall_us, 0 if config.source.fast else reading.mono_ns // 1000)
    journal.boot(recovery.predecessor, now, digests)
    if offer is not None:
        journal.notice(Kind.SIGNOFF, offer.notice, now)
    case = CaseWatch(config.panel_report, config.state / CASE, config.node, tally, node.clock, node.visiting.ticket)
    visits = visit_records(config, node.authority, recovery.newest_manifest)
    return Sealer(
        journal, key_lists, day, tally, config.zone, leaks, case=case, look=look, sealing=sealing, visits=visits
    )
