"""Configuration files: all faults at once, each with its path; relative paths are meant from the file's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from edge.base import config
from edge.base.errors import BadConfiguration
from edge.base.model import NodeId, Strict
from edge.base.paths import ConfigPath


class Uplink(Strict):
    """A table within."""

    rate_bps: Annotated[int, Field(ge=1000)]


class Sample(Strict):
    """A small configuration."""

    node: NodeId
    spool: ConfigPath
    uplink: Uplink


GOOD = 'node = "demo"\nspool = "spool"\n[uplink]\nrate_bps = 1000\n'


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "node.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def message(path: Path) -> str:
    with pytest.raises(BadConfiguration) as error:
        config.load(path, Sample)
    assert error.value.exit_status == 78
    return str(error.value)


def test_configuration_is_read_and_its_paths_lie_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, GOOD)
    loaded = config.load(Path("node.toml"), Sample)
    assert (loaded.node, loaded.spool, loaded.uplink.rate_bps) == ("demo", tmp_path / "spool", 1000)


def test_absolute_path_stays(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace('"spool"', '"/var/spool"'))
    assert config.load(path, Sample).spool == Path("/var/spool")


def test_path_without_a_file_stays_relative() -> None:
    tree = {"node": "demo", "spool": Path("spool"), "uplink": {"rate_bps": 1000}}
    assert Sample.model_validate(tree).spool == Path("spool")


def test_all_faults_come_at_once_each_with_file_and_path(tmp_path: Path) -> None:
    path = written(tmp_path, 'node = "evil\\nhost"\nspool = ""\nspools = 1\n[uplink]\nrate_bps = 10\nrate = 1.5\n')
    lines = message(path).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    fields = [line.removeprefix(f"{path}: ").split(":")[0] for line in lines]
    assert sorted(fields) == ["node", "spool", "spools", "uplink.rate", "uplink.rate_bps"]


@pytest.mark.parametrize("value", ["1", '""', '"a\\u0000b"', f'"{"x" * 1025}"', "[]", "true"])
def test_value_that_is_no_path_is_refused(tmp_path: Path, value: str) -> None:
    assert "spool: a path as text is needed" in message(written(tmp_path, GOOD.replace('"spool"', value)))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"node = " + b"9" * 5000, "not TOML"),
        (b"node = ", "not TOML"),
        (b'node = "a"\nnode = "b"\n', "not TOML"),
        (b"\xff\xfe", "not TOML"),
        (b"a = " + b"[" * 100_000, "not TOML"),
        (b"#" * (256 * 1024 + 1), "is at most 262144"),
        (b"", "node: Field required"),
    ],
)
def test_file_that_is_no_configuration_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    assert says in message(written(tmp_path, data))


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    assert message(tmp_path / "none.toml") == (
        f"{tmp_path / 'none.toml'}: cannot be read (No such file or directory); give the path of a readable file"
    )
    assert "Is a directory" in message(tmp_path)
