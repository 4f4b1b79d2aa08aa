"""Errors: each class of errors ends a command with its own status of sysexits.h."""

from __future__ import annotations

import re

import pytest

from edge.base import errors
from edge.base.errors import MimamoriError, Refused

DRAWN = dict(re.findall(r"(\w+) +(\d{2})  ", errors.__doc__ or ""))


@pytest.mark.parametrize(("name", "status"), DRAWN.items())
def test_status_is_the_one_in_the_drawing(name: str, status: str) -> None:
    assert getattr(errors, name).exit_status == int(status)


def test_drawing_has_every_error() -> None:
    classes = {
        name for name, item in vars(errors).items() if isinstance(item, type) and issubclass(item, MimamoriError)
    }
    assert classes == {*DRAWN, "MimamoriError"}


def test_refusal_names_its_failure_class() -> None:
    refused = Refused("bad-crc", "preamble is damaged")
    assert (refused.failure, str(refused)) == ("bad-crc", "preamble is damaged")
