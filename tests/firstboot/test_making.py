"""First boot, cut off before every one of its actions, comes to the same node at the next boot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edge.base.clock import SECOND_US
from edge.base.errors import BadInput, MimamoriError, Stop
from edge.firstboot.card import Card
from edge.firstboot.making import make_node
from edge.firstboot.progress import DONE
from edge.firstboot.steps import CURRENT, KEEPERS, STEPS, Step, closed_root
from edge.firstboot.system import System
from tests.firstboot.board import NEVER, WRITTEN_US, Board, PowerCutError, clock_at, lay_card, tree_of

FSTAB = """\
proc            /proc           proc    defaults          0       0
PARTUUID=0f-01  /boot/firmware  vfat    defaults          0       2
PARTUUID=0f-02  /               ext4    defaults,noatime  0       1
"""


class Case:
    """One board with its card."""

    def __init__(self, folder: Path, steps: Sequence[Step] = STEPS) -> None:
        folder.mkdir()
        self.folder, self.steps, self.said = folder, steps, list[str]()
        self.card = lay_card(folder / "boot")
        (folder / "root/etc").mkdir(parents=True)
        (folder / "root/etc/fstab").write_text(FSTAB)

    def boot(self, cut: int = NEVER, now_us: int = WRITTEN_US) -> Board:
        board = Board(self.folder / "root", cut)
        make_node(board, self.card, clock_at(self.folder, now_us), self.said.append, self.steps)
        return board

    def boot_cut(self, cut: int) -> bool:
        """Boots with the power cut before an action; tells whether it came to that."""
        try:
            self.boot(cut)
        except PowerCutError:
            return True
        return False

    @property
    def result(self) -> dict[str, str]:
        return tree_of(self.folder / "root") | {
            f"boot/{name}": text for name, text in tree_of(self.folder / "boot").items()
        }


def sweep(folder: Path, steps: Sequence[Step] = STEPS) -> dict[int, str]:
    """Cuts the power before each action, boots again, and returns which cuts did not come to the same node, and why."""
    folder.mkdir(exist_ok=True)
    whole = Case(folder / "whole", steps)
    actions, failed = whole.boot().actions, dict[int, str]()
    for cut in range(actions):
        case = Case(folder / str(cut), steps)
        assert case.boot_cut(cut)
        try:
            case.boot()
        except MimamoriError as error:
            failed[cut] = str(error)
            continue
        if case.result != whole.result:
            failed[cut] = "another node"
    return failed


def test_a_board_that_boots_becomes_a_node_and_its_card_keeps_no_secret(tmp_path: Path) -> None:
    case = Case(tmp_path / "one")
    board = case.boot()
    assert board.exists(DONE) and board.read("/etc/mimamori/node.toml") == "node = 1"
    assert board.at(CURRENT).readlink() == Path("a")
    assert not (case.card.folder / "secrets").exists()
    assert not [
        name for name, text in tree_of(case.folder / "boot").items() if "ticket" in text and "card.json" not in name
    ]
    assert "systemctl start --no-block mimamori.target" in board.said


def test_the_root_takes_no_writes_from_the_next_start_on(tmp_path: Path) -> None:
    board = Case(tmp_path / "one").boot()
    assert board.said[-1] == f"systemctl mask {' '.join(KEEPERS)}"
    assert (board.read("/etc/fstab") or "").splitlines() == [
        *FSTAB.splitlines()[:2], "PARTUUID=0f-02  /  ext4  ro,noatime  0  1",
    ]  # fmt: skip
    assert board.at("/etc/resolv.conf").readlink() == Path("/run/NetworkManager/resolv.conf")


def test_a_comment_in_another_encoding_stays_as_it_is(tmp_path: Path) -> None:
    case = Case(tmp_path / "one")
    table, comment = case.folder / "root/etc/fstab", "# 防犯\f\n".encode("euc-jp")
    table.write_bytes(comment + FSTAB.encode())
    case.boot()
    assert table.read_bytes().startswith(comment)
    assert b"  ro,noatime  " in table.read_bytes()


def test_a_root_that_holds_the_state_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Board, "own_state", False)
    assert Case(tmp_path / "one").boot().read("/etc/fstab") == FSTAB


@pytest.mark.parametrize(
    ("table", "closed"),
    [
        ("a / ext4 rw 0 1\n", "a  /  ext4  ro  0  1\n"),
        ("a  /  ext4  ro,noatime  0  1\n", "a  /  ext4  ro,noatime  0  1\n"),
        ("# a / ext4 rw 0 1\nb /srv ext4 rw 0 1\n", None),
        ("", None),
    ],
)
def test_the_roots_line_alone_is_changed_and_once(table: str, closed: str | None) -> None:
    assert closed_root(table) == closed


def test_a_power_cut_before_any_action_is_made_good_at_the_next_boot(tmp_path: Path) -> None:
    assert sweep(tmp_path / "sweep") == {}


def test_two_power_cuts_are_made_good_too(tmp_path: Path) -> None:
    whole = Case(tmp_path / "whole")
    actions = whole.boot().actions
    for cut in range(0, actions, 3):
        case = Case(tmp_path / str(cut))
        assert case.boot_cut(cut)
        case.boot_cut(5)
        case.boot()
        assert case.result == whole.result, cut


def instead(name: str, do: Callable[[System, Card], None]) -> tuple[Step, ...]:
    return tuple(replace(step, do=do) if step.name == name else step for step in STEPS)


def test_control_an_environment_that_counts_by_its_link_is_caught(tmp_path: Path) -> None:
    """Without beginning anew, a cut within the installation leaves half an environment that looks whole."""

    def hasty(system: System, card: Card) -> None:
        if not system.exists(CURRENT):
            system.link(CURRENT, "a")
            environment(system, card)

    environment = next(step.do for step in STEPS if step.name == "environment")
    failed = sweep(tmp_path / "sweep", instead("environment", hasty))
    assert failed and any("storage.service: failed" in why for why in failed.values())


def test_control_an_environment_that_is_not_cleared_is_caught(tmp_path: Path) -> None:
    def kept(system: System, card: Card) -> None:
        if not system.exists("/opt/mimamori/a"):
            system.run("python3", "-m", "venv", "/opt/mimamori/a")
        system.run("/opt/mimamori/a/bin/python", "-m", "pip")
        system.link(CURRENT, "a")
        system.link("/usr/local/bin/mimamori", f"{CURRENT}/bin/mimamori")

    failed = sweep(tmp_path / "sweep", instead("environment", kept))
    assert any("half-installed" in why for why in failed.values())


def test_control_secrets_that_are_erased_before_they_are_used_are_caught(tmp_path: Path) -> None:
    """As if ``forget`` were no last step: the keys' step cannot be done again."""

    def eager(system: System, card: Card) -> None:
        keys(system, card)
        system.erase(card.folder / "secrets" / "enrolment-ticket.json")
        system.run("systemd-tmpfiles", "again")

    keys = next(step.do for step in STEPS if step.name == "keys")
    with pytest.raises(OSError, match="enrolment-ticket"):
        sweep(tmp_path / "sweep", instead("keys", eager))


def test_a_node_that_is_made_is_left_alone(tmp_path: Path) -> None:
    case = Case(tmp_path / "one")
    case.boot()
    before = case.result
    assert case.boot().actions == 0 and case.result == before


def test_every_step_is_said_and_the_end(tmp_path: Path) -> None:
    case = Case(tmp_path / "one")
    case.boot()
    assert case.said[0] == f"matsudo-017: step 1 of {len(STEPS)}: checking what the card brings"
    assert len(case.said) == len(STEPS) + 1 and case.said[-1] == "matsudo-017: ready for its visit"


def test_a_damaged_card_is_named_and_nothing_is_done(tmp_path: Path) -> None:
    case = Case(tmp_path / "one")
    (case.card.folder / "debs" / "modemmanager.deb").write_text("half")
    with pytest.raises(BadInput, match=r"missing or damaged: debs/modemmanager\.deb; write the card anew"):
        case.boot()
    assert not (case.folder / "root" / "etc" / "mimamori").exists() and "step 1" in case.said[-1]


def no_room(*_: object) -> None:
    raise Stop("no room")


def test_a_step_that_fails_is_told_and_tried_again_at_the_next_boot(tmp_path: Path) -> None:
    case = Case(tmp_path / "one")
    case.steps = instead("units", no_room)
    with pytest.raises(Stop, match="no room"):
        case.boot()
    assert case.said[-1].endswith("(units) failed: no room")
    case.steps = STEPS
    case.boot()
    assert case.said[-1] == "matsudo-017: ready for its visit"


@pytest.mark.parametrize(("behind_s", "set_forward"), [(3600, True), (0, False), (-3600, False)])
def test_a_clock_behind_the_card_is_set_to_it_and_no_other(tmp_path: Path, behind_s: int, set_forward: bool) -> None:
    """A board without a battery starts long ago; its ticket would not count yet."""
    board = Case(tmp_path / "one").boot(now_us=WRITTEN_US - behind_s * SECOND_US)
    assert ("date --utc --set=@1800000000" in board.said) is set_forward


@pytest.mark.parametrize("led", ["ACT", "led0"])
def test_the_boards_light_blinks_while_it_works_fast_where_it_fails_and_rests_at_the_end(
    tmp_path: Path, led: str
) -> None:
    case = Case(tmp_path / "one")
    light = case.folder / "root" / "sys" / "class" / "leds" / led
    light.mkdir(parents=True)
    case.steps = instead("units", no_room)
    with pytest.raises(Stop):
        case.boot()
    assert {path.name: path.read_text() for path in light.iterdir()} == {
        "trigger": "timer",
        "delay_on": "100",
        "delay_off": "100",
    }
    case.steps = STEPS
    case.boot()
    assert (light / "trigger").read_text() == "mmc0"
