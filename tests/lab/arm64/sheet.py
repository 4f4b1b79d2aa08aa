"""The memory of a Zero 2 W, part by part: what a node takes at its highest while a package is upgraded.

The node's processes are taken at the moment when they had most together, the upgrade's at its greatest step, as if both
came at once. A page that several processes of one side share counts once there; nothing is swapped or given back.
"""

from __future__ import annotations

from collections.abc import Mapping

BOARD_MIB = 512
FIRMWARE_MIB = 64
"""``gpu_mem`` as first boot leaves it (``vcgencmd get_mem gpu``)."""
CAMERA_MIB = (6 * 1280 * 960 * 3 / 2 + 6 * 2304 * 1296 * 10 / 8) / 2**20
"""Taken from CMA: 6 pictures of I420 and 6 raw ones of an IMX708 at 10 bits; the rest of CMA is used by programs as any
other memory is."""
KERNEL_MIB = 40
"""Image, page table, slabs; an estimate, asked of the first board (docs/on-hardware.md)."""


def taken(debian_mib: float, node_mib: float, steps: Mapping[str, float]) -> dict[str, float]:
    """Returns each part's MiB, the greatest step of an upgrade among them."""
    greatest = max(steps, key=lambda step: steps[step])
    fixed = {"firmware (gpu_mem)": FIRMWARE_MIB, "kernel, an estimate": KERNEL_MIB, "camera's buffers": CAMERA_MIB}
    running = {"systemd and its services": debian_mib, "the node's processes": node_mib}
    return {**fixed, **running, f"upgrade at its highest: {greatest}": steps[greatest]}


def left_mib(debian_mib: float, node_mib: float, steps: Mapping[str, float]) -> float:
    """Returns what is left of the board's memory; negative where it does not fit."""
    return BOARD_MIB - sum(taken(debian_mib, node_mib, steps).values())


def table(debian_mib: float, node_mib: float, steps: Mapping[str, float]) -> str:
    """Returns the sheet as a Markdown table, and the steps of the upgrade under it."""
    lines = ["| part | MiB |", "|---|---|"]
    lines += [f"| {what} | {mib:.0f} |" for what, mib in taken(debian_mib, node_mib, steps).items()]
    lines += [f"| left of {BOARD_MIB} | {left_mib(debian_mib, node_mib, steps):.0f} |", ""]
    lines += [f"- {step}: {mib:.0f} MiB" for step, mib in steps.items()]
    return "\n".join(lines)
