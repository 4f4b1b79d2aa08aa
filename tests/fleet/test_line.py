"""Lines that ask for a secret: NetworkManager's connections, and who must give what."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration
from edge.commission.accesspoint import AccessPoint
from edge.fleet.line import LineSecrets, connection, read_secrets, wifi_key
from edge.fleet.profile import Network

CABLE, WIFI, LTE = Network(kind="cable"), Network(kind="wifi"), Network(kind="lte", apn="soracom.io")
JOINED = '[wifi]\nssid = "{ssid}"\npassphrase = "correct battery"\n'


def parsed(network: Network, secrets: LineSecrets) -> RawConfigParser:
    made = connection(network, secrets)
    assert made is not None
    reader = RawConfigParser()
    reader.read_string(made[1].decode())
    return reader


def test_the_key_is_that_of_the_standard() -> None:
    """IEEE 802.11, annex J.4.2, test case 1."""
    network = AccessPoint(ssid="IEEE", passphrase="password")
    assert wifi_key(network) == "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"


def test_wifi_carries_the_key_and_not_the_passphrase() -> None:
    network = AccessPoint(ssid="市役所;Wi-Fi", passphrase="correct battery")
    reader = parsed(WIFI, LineSecrets(wifi=network))
    assert bytes(int(byte) for byte in reader["wifi"]["ssid"].split(";")[:-1]).decode() == "市役所;Wi-Fi"
    assert reader["wifi-security"]["psk"] == wifi_key(network) and reader["wifi-security"]["key-mgmt"] == "wpa-psk"
    made = connection(WIFI, LineSecrets(wifi=network))
    assert made is not None and b"correct battery" not in made[1]


def test_lte_names_access_point_and_pin() -> None:
    assert parsed(LTE, LineSecrets(pin="1234"))["gsm"] == {"apn": "soracom.io", "pin": "1234"}
    assert parsed(LTE, LineSecrets())["gsm"] == {"apn": "soracom.io"}


def test_a_node_tries_its_line_for_ever() -> None:
    for network, secrets in (
        (WIFI, LineSecrets(wifi=AccessPoint(ssid="a", passphrase="12345678"))),
        (LTE, LineSecrets()),
    ):
        assert parsed(network, secrets)["connection"]["autoconnect-retries"] == "0"


def test_cable_and_none_ask_for_nothing() -> None:
    assert connection(CABLE, LineSecrets()) is None
    assert connection(Network(kind="none"), LineSecrets()) is None


REFUSED = {
    "Wi-Fi without its file": (WIFI, None, "needs \\[wifi\\]"),
    "Wi-Fi on a cable": (CABLE, JOINED.format(ssid="a"), "cable is other"),
    "pin on Wi-Fi": (WIFI, 'pin = "1234"\n' + JOINED.format(ssid="a"), "only a line of kind lte"),
    "pin with a line break": (LTE, 'pin = "1234\\n"\n', "pin: "),
    "pin in words": (LTE, 'pin = "abcd"\n', "pin: "),
    "name too long": (WIFI, JOINED.format(ssid="町" * 11), "wifi.ssid: "),
    "unknown key": (LTE, "puk = 3\n", "puk: unknown key"),
}


@pytest.mark.parametrize(("network", "text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_secret_of_another_line_is_refused(tmp_path: Path, network: Network, text: str | None, message: str) -> None:
    path = tmp_path / "line.toml"
    path.write_text(text or "")
    with pytest.raises(BadConfiguration, match=message):
        read_secrets(path if text is not None else None, network)


def test_secrets_show_in_no_repr() -> None:
    assert "1234" not in repr(LineSecrets(pin="1234"))
    assert "correct" not in repr(LineSecrets(wifi=AccessPoint(ssid="a", passphrase="correct battery")))
