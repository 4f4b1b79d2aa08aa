"""With one sync, or one step of an order, taken out of the key store, the same suite finds it within 500 states."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.base import files, strictjson
from edge.desk import holdings, keystore
from edge.desk import publish as publishing
from edge.desk.keystore import SUFFIX
from tests.crash.controls import require_noticed, sync_nothing, write_unsynced
from tests.crash.devices import Lab
from tests.crash.target_desk import DeskTarget


def without_synced_keys(patch: pytest.MonkeyPatch) -> None:
    def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
        (write_unsynced if "days" in path.parts else files.write_durably)(path, data, mode=mode)

    patch.setattr(keystore, "write_durably", write)


def without_a_synced_store(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(keystore, "write_durably", write_unsynced)


def without_synced_names(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(files, "sync_directory", sync_nothing)


def without_a_synced_list_of_destroyed_keys(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(holdings, "write_durably", write_unsynced)


def without_overwriting(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(holdings, "_overwrite", lambda path: None)


def without_synced_overwriting(patch: pytest.MonkeyPatch) -> None:
    def overwrite(path: Path) -> None:
        with path.open("r+b") as file:
            file.write(os.urandom(path.stat().st_size))

    patch.setattr(holdings, "_overwrite", overwrite)


def without_synced_removal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(holdings, "sync_directory", sync_nothing)


def erase_then_list(folder: Path, node: str, periods: list[str], now_us: int) -> None:
    path = folder / "days" / node / "destroyed.json"
    holdings.erase([path.with_name(f"{period}{SUFFIX}") for period in periods])
    gone = holdings.destroyed(folder, node) | dict.fromkeys(periods, now_us)
    files.write_durably(path, strictjson.dump({"v": 1, "periods": gone}), mode=0o600)


def with_keys_erased_before_the_list_says_so(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("edge.desk.expiry.destroy", erase_then_list)


def without_a_synced_archive(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publishing, "write_durably", write_unsynced)


@pytest.mark.parametrize(
    ("leave_out", "says"),
    [
        (without_synced_keys, "is None"),
        (without_a_synced_store, "the key store does not open"),
        (without_synced_names, "is None"),
        (without_a_synced_list_of_destroyed_keys, r"destroyed\.json: .*the list is damaged"),
        (without_overwriting, "its bytes are on the medium"),
        (without_synced_overwriting, "its bytes are on the medium"),
        (without_synced_removal, "was reported destroyed and is there"),
        (with_keys_erased_before_the_list_says_so, "'destroyed'"),
        (without_a_synced_archive, r"\('list', "),
    ],
)
def test_control_without_one_step_the_suite_says_what_broke(
    lab: Lab, leave_out: Callable[[pytest.MonkeyPatch], None], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out(monkeypatch)
    require_noticed(lab, DeskTarget(), says)
