"""JSON as every signed or hashed document here uses it: one value, one byte string.

Rules:
  1. UTF-8; objects, arrays, strings, integers, true, false, null. No floats, no NaN.
  2. Keys sorted by code point, no duplicate key, no white space.
  3. Integers lie within ±(2**53 - 1), so that every JSON reader agrees on them (RFC 7493).
  4. ``parse`` accepts exactly what ``dump`` writes: the bytes are written again and compared.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from edge.base.errors import Refused

_INTEGER_LIMIT = 2**53 - 1


def dump(value: object) -> bytes:
    """Returns the one encoding of ``value``.

    Raises:
        Refused: ``bad-json`` where the value holds a float or anything JSON cannot carry.
    """
    try:
        _check(value)
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused("bad-json", f"cannot be written as strict JSON: {error}") from error


def parse(data: bytes, *, limit_bytes: int) -> Any:
    """Returns the value of ``data``.

    Raises:
        Refused: ``too-long``, ``bad-json``, ``duplicate-key``, ``float`` or ``not-canonical``.
    """
    value = parse_loose(data, limit_bytes=limit_bytes)
    if dump(value) != data:
        raise Refused("not-canonical", "JSON is not in its canonical form (sorted keys, no white space)")
    return value


def parse_loose(data: bytes, *, limit_bytes: int) -> Any:
    """Like ``parse`` for documents that people write: white space and key order are free, duplicates are not."""
    if len(data) > limit_bytes:
        raise Refused("too-long", f"JSON of {len(data)} bytes is over the limit of {limit_bytes}")
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float
        )
    except Refused:
        raise
    except (ValueError, RecursionError) as error:
        raise Refused("bad-json", f"not JSON: {error}") from error


def _check(value: object) -> None:
    if isinstance(value, float):
        raise Refused("float", f"{value!r} is a float; documents here carry integers only")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _INTEGER_LIMIT:
        raise Refused("bad-json", f"integer {value} is beyond ±(2**53 - 1)")
    if isinstance(value, dict):
        for item in value.values():
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise Refused("duplicate-key", f"key {key[:80]!r} stands twice")
        result[key] = value
    return result


def _no_float(text: str) -> NoReturn:
    raise Refused("float", f"{text[:40]} is a float; documents here carry integers only")
