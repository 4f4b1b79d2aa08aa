"""Checks README and docs against the program: commands and options shown exist, links and paths lead somewhere.

Run by ``make check``; a command is a line of a code block, or a code span, that begins with ``make`` or ``mimamori``.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from edge.cli import build_parser

ROOT = Path(__file__).resolve().parents[2]
_COMMAND = re.compile(r"^(?:\$ )?(?:sudo )?(?:\.venv/bin/)?(make|mimamori)(?: |$)")
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_PATH = re.compile(r"(?:edge|tests|deploy|ansible|hardware|docs)/[\w./*-]+")


def pages() -> list[Path]:
    """Returns the pages that people read."""
    places = ("*.md", "docs/**/*.md", "edge/**/*.md", "ansible/**/*.md", "hardware/*.md", "hardware/*/*.md")
    return sorted(page for place in places for page in ROOT.glob(place))


def commands(text: str) -> Iterator[str]:
    """Yields the commands that a page shows, continued lines joined."""
    inside = False
    held = ""
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
            continue
        candidates = [line.strip()] if inside else _SPAN.findall(line)
        for candidate in candidates:
            joined = held + candidate
            if inside and joined.endswith("\\"):
                held = joined[:-1] + " "
                continue
            held = ""
            if _COMMAND.match(joined):
                yield joined


def fault_of(command: str, targets: set[str], parser: argparse.ArgumentParser) -> str | None:
    """Returns what is wrong with a command as shown, or None."""
    words = shlex.split(command.removeprefix("$ "), comments=True)
    words = words[1:] if words[0] == "sudo" else words
    if words[0] == "make":
        unknown = [word for word in words[1:] if "=" not in word and not word.startswith("-") and word not in targets]
        return f"no such target: {', '.join(unknown)}" if unknown else None
    return _fault_of_words(words[1:], parser)


def _fault_of_words(words: list[str], parser: argparse.ArgumentParser) -> str | None:
    while words:
        choices = _subcommands(parser)
        if not choices or words[0].startswith("-"):
            break
        if words[0] not in choices:
            return None if words[0] in ("...", "…") else f"no such command: {words[0]}"
        parser, words = choices[words[0]], words[1:]
    known = {option for action in parser._actions for option in action.option_strings}
    shown = {word.split("=")[0].strip("[]") for word in words if word.strip("[]").startswith("-")}
    unknown = sorted(shown - known - {"-v", "--verbose"})
    return f"no such option: {', '.join(unknown)}" if unknown else None


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def make_targets() -> set[str]:
    """Returns the Makefile's targets."""
    return set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def faults() -> Iterator[str]:
    """Yields one line a fault."""
    targets, parser = make_targets(), build_parser()
    for page in pages():
        text = page.read_text(encoding="utf-8")
        name = page.relative_to(ROOT)
        for command in commands(text):
            fault = fault_of(command, targets, parser)
            if fault:
                yield f"{name}: `{command}`: {fault}"
        for link in _LINK.findall(text):
            if "://" not in link and not (page.parent / link).exists():
                yield f"{name}: link to {link} leads nowhere"
        yield from (f"{name}: there is no {path}" for path in missing_paths(text))


def missing_paths(text: str) -> list[str]:
    """Returns the paths of this repository that a page names and that are not there; ``*`` stands for some."""
    return [path for path in _SPAN.findall(text) if _PATH.fullmatch(path) and not any(ROOT.glob(path))]


def main() -> int:
    """Prints the faults; returns 1 where there are any."""
    found = list(faults())
    print("\n".join(found) or f"docs: every command and link of {len(pages())} pages exists")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
