"""The ``mimamori`` command: words in, one call, one exit status. Errors become one clear message, never a traceback."""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from edge import __version__
from edge.base.errors import BadConfiguration, BadInput, MimamoriError, UsageFault

_PARTS = {
    "node": ("edge.node.commands", "the node's processes"),
    "center": ("edge.center.commands", "the city's center"),
    "desk": ("edge.desk.commands", "the city's desk: keys, enrolment, fetching, verifying, opening"),
    "flash": ("edge.fleet.flash_commands", "the city's IT: cards that make nodes"),
    "fleet": ("edge.fleet.commands", "the city's IT: papers, what opens nodes, releases, passwords, audit"),
}
_DEMO = ("demo", "run", "demo-visit")
_INTERNAL = 70
_PATH_SHOWN = 200
_INTERRUPTED, _UNHEARD = 130, 141
"""As shells have it for SIGINT and SIGPIPE: a verdict that nobody read to its end is not 0."""

_log = logging.getLogger(__name__)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        words = self.prog.removeprefix("mimamori").strip()
        raise UsageFault(f"{words}: {message}; see '{self.prog} --help'".removeprefix(": "))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status (sysexits.h; see ``edge.base.errors``)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        parsed = build_parser(words).parse_args(words)
        _log_to_stderr(verbose=parsed.verbose)
        status = int(parsed.run(parsed))
        sys.stdout.flush()
        return status
    except MimamoriError as error:
        print(f"mimamori: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter's last flush fails, too
        return _UNHEARD
    except Exception as error:  # noqa: BLE001 - the outermost loop of every command
        return _unforeseen(error)


def build_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Returns the parser; only the part that ``words`` name is imported, so that a node needs no center's packages.

    Without words every part is there whose packages are installed.
    """
    parser = _Parser(prog="mimamori", description="Street-camera firmware for municipalities.")
    parser.add_argument("--version", action="version", version=f"mimamori {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="log every step")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    wanted = next((word for word in words if not word.startswith("-")), None)
    for part, (module, about) in _PARTS.items():
        if wanted in (None, part):
            actions = commands.add_parser(part, help=about).add_subparsers(required=True, metavar="ACTION")
            _mount(module, actions, needed=wanted is not None)
    if wanted in (None, "check-config"):
        check = commands.add_parser("check-config", help="say every fault of a node.toml or center.toml")
        check.add_argument("file", type=Path)
        check.set_defaults(run=_check_config)
    if wanted in (None, *_DEMO):
        _mount("edge.demo.commands", commands, needed=wanted is not None)
    if wanted not in (None, *_PARTS, *_DEMO, "check-config"):
        there = ", ".join((*_PARTS, "check-config", *_DEMO))
        raise UsageFault(f"{wanted!r} is no command; there are {there}")
    return parser


def _mount(module: str, actions: argparse._SubParsersAction[_Parser], *, needed: bool) -> None:
    """Adds a part's commands; one whose packages are missing is left out unless it was asked for."""
    try:
        import_module(module).add_parsers(actions)
    except ModuleNotFoundError:
        if needed:
            raise


def _unforeseen(error: Exception) -> int:
    """Tells what is wrong with this machine or a path from what is wrong with this program."""
    if isinstance(error, ModuleNotFoundError) and not (error.name or "edge").startswith("edge"):
        return _not_installed(error)
    if isinstance(error, OSError) and error.filename is not None:
        return _out_of_reach(error)
    return _internal(error)


def _not_installed(error: ModuleNotFoundError) -> int:
    print(
        f"mimamori: package {error.name} is not installed here; "
        "install mimamori-edge with the extras that this machine needs: node, center, desk, fleet",
        file=sys.stderr,
    )
    return BadConfiguration.exit_status


def _out_of_reach(error: OSError) -> int:
    """A path that nobody asked about before it was used, for example one in a folder that this user may not read."""
    _log.debug("out of reach", exc_info=error)
    path = str(error.filename)[:_PATH_SHOWN]
    print(
        f"mimamori: {path}: cannot be used ({error.strerror}); give a path that this user may read and write",
        file=sys.stderr,
    )
    return BadInput.exit_status


def _internal(error: Exception) -> int:
    """Says in one line that this program is at fault, not its user; the traceback is for who asks with --verbose."""
    _log.debug("internal fault", exc_info=error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    print(
        f"mimamori: internal fault at {Path(place.filename).name}:{place.lineno} ({text}); "
        "please report it with the output of the same command after 'mimamori --verbose'",
        file=sys.stderr,
    )
    return _INTERNAL


def _check_config(arguments: argparse.Namespace) -> int:
    part = "center" if _looks_like_center(arguments.file) else "node"
    return int(import_module(_PARTS[part][0]).check_config(arguments.file))


def _looks_like_center(path: Path) -> bool:
    """A center's configuration names its city at the top; a node's names the node."""
    try:
        return re.search(r"^city\s*=", path.read_text(encoding="utf-8"), re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return False  # the node's reader says what is wrong with it


def _log_to_stderr(*, verbose: bool) -> None:
    level = logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for noisy in ("urllib3", "asyncio", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
