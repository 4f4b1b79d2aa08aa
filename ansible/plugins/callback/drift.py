"""Writes what a run changed, or would have, to the file that ``MIMAMORI_DRIFT`` names: a line of JSON a task and host.

Names of tasks alone: arguments, results and diffs may hold secrets.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: drift
type: notification
short_description: what a run changed, or would have
description: A line of JSON for each host and task that changed, failed or was not reached.
"""


class CallbackModule(CallbackBase):
    """What Ansible calls."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "drift"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        """Tells a change."""
        if result.result.get("changed"):
            self._tell(result, "changed")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Tells a failure that nobody expected."""
        if not ignore_errors:
            self._tell(result, "failed")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Tells that nobody answered."""
        self._tell(result, "unreachable")

    def _tell(self, result: Any, what: str) -> None:
        path = os.environ.get("MIMAMORI_DRIFT")
        if path:
            line = {"host": result.host.get_name(), "task": result.task.get_name(), "what": what}
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
