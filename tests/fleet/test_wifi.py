"""The text that a phone's camera takes for a network."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from edge.commission.accesspoint import PASSPHRASE_ALPHABET, AccessPoint, new_passphrase
from edge.fleet.wifi import wifi_uri
from tests.fleet.paper import ACCESS


def read_back(uri: str) -> dict[str, str]:
    """Reads it as phones do: fields end at a bare ``;``, a backslash takes the next character as it is."""
    assert uri.startswith("WIFI:")
    fields = re.findall(r"([A-Z]):((?:\\.|[^\\;])*);", uri.removeprefix("WIFI:"))
    assert sum(len(name) + len(value) + 2 for name, value in fields) + 1 == len(uri.removeprefix("WIFI:"))
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in fields}


@pytest.mark.parametrize(
    ("ssid", "passphrase"),
    [
        ("matsudo-017", "k7rm-2xqd-9tpw-h4ne"),
        ('a;b,c:d"e\\f', 'p;P:,"\\;;::""'),
        ("\\;", "\\\\\\\\;;;;"),
        ("本町", "T:WPA;S:x;P:y;;"),
    ],
)
def test_any_name_and_passphrase_is_read_back_as_it_was(ssid: str, passphrase: str) -> None:
    uri = wifi_uri(AccessPoint(ssid=ssid, passphrase=passphrase))
    assert read_back(uri) == {"T": "WPA", "S": ssid, "P": passphrase}


def test_text_without_escapes_would_be_noticed() -> None:
    """Control of the test above."""
    with pytest.raises(AssertionError):
        assert read_back('WIFI:T:WPA;S:a;b;P:p;P:,"x;;') == {"T": "WPA", "S": "a;b", "P": 'p;P:,"x'}


@pytest.mark.parametrize(
    "network",
    [
        {"ssid": "", "passphrase": "long enough"},
        {"ssid": "松" * 11, "passphrase": "long enough"},
        {"ssid": " x", "passphrase": "long enough"},
        {"ssid": "a\nb", "passphrase": "long enough"},
        {"ssid": "x", "passphrase": "short"},
        {"ssid": "x", "passphrase": "p" * 64},
        {"ssid": "x", "passphrase": "with\nnew line"},
        {"ssid": "x", "passphrase": "合言葉合言葉合言葉"},
    ],
)
def test_network_that_no_phone_could_join_is_refused(network: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"network|passphrase"):
        AccessPoint.model_validate(network)


def test_passphrase_shows_in_no_text_of_its_network() -> None:
    assert ACCESS.passphrase not in f"{ACCESS!r} {ACCESS}"


def test_passphrases_differ_and_use_their_whole_alphabet_evenly() -> None:
    made = [new_passphrase() for _ in range(2000)]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", one) for one in made)
    counts = Counter("".join(made).replace("-", ""))
    assert set(counts) == set(PASSPHRASE_ALPHABET)
    mean = 2000 * 16 / len(PASSPHRASE_ALPHABET)
    assert all(abs(count - mean) < 8 * mean**0.5 for count in counts.values())
