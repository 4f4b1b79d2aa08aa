"""Looks at processes: resident memory, file descriptors, threads (proc(5))."""

from __future__ import annotations

from pathlib import Path

from tests.soak.verdict import Sample


def sample(pid: int, real_s: float, footage_s: float) -> Sample | None:
    """Looks once; None where the process is gone."""
    folder = Path("/proc") / str(pid)
    try:
        lines = (folder / "status").read_text(encoding="ascii", errors="replace").splitlines()
        descriptors = sum(1 for _ in (folder / "fd").iterdir())
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines if line.startswith(("VmRSS", "Threads")))
    if "VmRSS" not in fields:
        return None  # ended, not yet waited for
    return Sample(
        real_s, footage_s, pid, int(fields["VmRSS"].split()[0]) * 1024, descriptors, int(fields["Threads"].strip())
    )
