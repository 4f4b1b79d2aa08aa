"""``config.txt`` and ``cmdline.txt``: what we add, what the image's maker wrote, and that twice is once."""

from __future__ import annotations

import pytest

from edge.base.errors import BadInput
from edge.fleet.bootsettings import cmdline_txt, config_txt
from tests.fleet.bench import CMDLINE, CONFIG


def test_the_makers_lines_stay_and_ours_come_last() -> None:
    text = config_txt(CONFIG, "auto")
    assert text.startswith(CONFIG.rstrip("\n") + "\n")
    ours = text[len(CONFIG.rstrip("\n")) :]
    for line in ("dtparam=watchdog=on", "gpu_mem=64", "camera_auto_detect=1", "[pi02]\ndtoverlay=cma,cma-128"):
        assert line in ours
    assert text.endswith("[all]\n# mimamori: end\n")


def test_a_sensor_that_the_firmware_does_not_find_gets_its_overlay() -> None:
    text = config_txt(CONFIG, "imx477")
    ours = text.split("# mimamori: begin")[1]
    assert "camera_auto_detect=0\ndtoverlay=imx477\n" in ours and "camera_auto_detect=1" not in ours


def test_doing_it_twice_gives_the_same_bytes_and_another_sensor_replaces_the_first() -> None:
    once = config_txt(CONFIG, "imx477")
    assert config_txt(once, "imx477") == once
    assert config_txt(once, "auto") == config_txt(CONFIG, "auto")


def test_what_people_add_behind_our_block_stays() -> None:
    text = config_txt(config_txt(CONFIG, "auto") + "dtoverlay=disable-bt\n", "auto")
    assert "dtoverlay=disable-bt" in text and text.count("# mimamori: begin") == 1


def test_the_system_partition_does_not_take_the_whole_card() -> None:
    words = cmdline_txt(CMDLINE, "JP").split()
    assert "resize" in CMDLINE.split() and "resize" not in words
    assert set(CMDLINE.split()) - {"resize"} <= set(words)


def test_reading_does_not_write_and_the_radio_keeps_the_countrys_rules() -> None:
    text = cmdline_txt(CMDLINE, "JP")
    assert text.endswith(" rootflags=noatime panic=10 cfg80211.ieee80211_regdom=JP\n") and text.count("\n") == 1
    assert cmdline_txt(text, "JP") == text
    assert "regdom=JP" not in cmdline_txt(text, "DE") and cmdline_txt(text, "DE").count("regdom=") == 1


@pytest.mark.parametrize("text", ["", "console=tty1 quiet\n"])
def test_a_command_line_without_a_root_is_no_raspberry_pi_os(text: str) -> None:
    with pytest.raises(BadInput, match="names no root="):
        cmdline_txt(text, "JP")
