"""The bench of stages divides the process among its stages, and its masks are masks."""

from __future__ import annotations

import json

import pytest

from edge.base.frame import Geometry
from edge.demo.places import NODE
from edge.mask.maskset import parse
from edge.mask.raster import rasterise
from tests.bench.bench_stages import by_stage, grid_of_masks

SAID = {
    "process": 20_000.0,
    "frame loop": 18_000.0,
    "camera": 4_000.0,
    "decoding": 3_000.0,
    "painting": 2_000.0,
    "masks": 100.0,
    "text": 50.0,
    "guard": 1_500.0,
    "segments": 9_000.0,
    "encoding": 8_500.0,
    "sealing thread": 900.0,
    "self-check": 300.0,
    "sealing": 200.0,
    "spool": 100.0,
}


def test_stages_add_up_to_the_process_without_its_decoder() -> None:
    costs = by_stage(SAID)
    assert sum(costs.values()) == pytest.approx((SAID["process"] - SAID["decoding"]) / 1000)
    assert (costs["capture"], costs["segments"]) == (1.0, 0.5)  # a stage within another counts once


def test_a_stage_that_never_ran_costs_nothing() -> None:
    said = {name: us for name, us in SAID.items() if name != "self-check"}
    assert by_stage(said)["self-check"] == 0


@pytest.mark.parametrize("count", [1, 4, 16, 64])
def test_masks_of_the_grid_stand_apart_and_within_the_picture(count: int) -> None:
    data = grid_of_masks(count)
    masks = parse(data, NODE, source="grid")
    assert len(masks.masks) == len(json.loads(data)["masks"]) == count
    one = rasterise(parse(grid_of_masks(1), NODE, source="one"), Geometry(1280, 960, 1280)).share
    assert rasterise(masks, Geometry(1280, 960, 1280)).share == pytest.approx(count * one, rel=0.25)
