"""What the product works out from bytes alone, remembered: a history asks the same of the same bytes many times.

Parsed manifests and documents, and whether a signature holds. Each is a function of its arguments and its answer is
frozen, so remembering changes nothing but the pace; a refusal is not remembered. That a history is the same without it
is tested where a seed is held to its history.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from unittest.mock import patch

from edge.seal import record
from edge.wire import signed

KEPT = 10_000
_PURE = ((record, "parse_manifest"), (record, "is_valid"), (signed, "is_valid"), (signed, "parse"))


@contextmanager
def remembered() -> Iterator[None]:
    """Remembers until the end of the block."""
    with ExitStack() as stack:
        for module, name in _PURE:
            stack.enter_context(patch.object(module, name, lru_cache(maxsize=KEPT)(getattr(module, name))))
        yield
