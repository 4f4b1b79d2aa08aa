"""A front of the center that misbehaves: nginx talks to it, and it talks to the real center, or does not.

Each upload takes one action from the table, then ``usually``; all other requests pass.
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Literal

from edge.seal.record import parse_records
from edge.wire import signed
from edge.wire.keys import SigningKey
from edge.wire.receipt import Receipt
from tests.lab.between import Loop

Action = Literal[
    "pass", "400", "401", "403", "404", "409-page", "413-page", "429", "500", "502", "503", "504", "507", "refused",
    "silent", "slow", "dripping", "lost", "thanks", "other-signer", "other-hash", "other-range", "half-answer",
]  # fmt: skip
_PUT = re.compile(rb"PUT /v1/nodes/([^/]+)/chains/([0-9a-f]{32})/records/(\d+)-(\d+) ")
_BODY_FILE = re.compile(rb"\r\nx-body-file: *([^\r]+)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_SLOW_S, _DRIP_S = 1.0, 0.002


def _failure(slug: str) -> bytes:
    return json.dumps({"failure": slug, "message": "as the table says"}).encode()


_PAGE = b"<html>not the center</html>"
_FALSE: dict[Action, tuple[int, bytes, str]] = {
    "400": (400, _PAGE, ""), "401": (401, _PAGE, ""), "403": (403, _PAGE, ""), "404": (404, _PAGE, ""),
    "409-page": (409, _PAGE, ""), "413-page": (413, _PAGE, ""), "502": (502, _PAGE, ""), "504": (504, _PAGE, ""),
    "refused": (400, _failure("bad-signature"), ""), "500": (500, _failure("internal"), ""),
    "507": (507, _failure("disk-full"), ""), "thanks": (200, b'{"thanks":true}', ""),
    "429": (429, _failure("too-many"), "Retry-After: 3\r\n"), "503": (503, _failure("away"), "Retry-After: 3\r\n"),
}  # fmt: skip


class Front:
    """Listens on ``path`` and forwards to ``center``.

    Args:
        receipt_key: the city's own; a false receipt is truly signed and still false.

    Attributes:
        actions: of the next uploads.
        usually: of those after them.
        taken: how many uploads came.
    """

    def __init__(self, loop: Loop, path: Path, center: Path, receipt_key: SigningKey) -> None:
        self._center, self._key = center, receipt_key
        self.reset()
        loop.do(self._listen(path))

    def reset(self) -> None:
        """Passes everything on."""
        self.actions: list[Action] = []
        self.usually: Action = "pass"
        self.taken = 0

    async def _listen(self, path: Path) -> None:
        await asyncio.start_unix_server(self._serve, path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
            await self._answer(head, body, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # a peer that was killed is part of the lab
        finally:
            writer.close()

    async def _answer(
        self, head: bytes, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        put = _PUT.match(head)
        action: Action = "pass"
        if put is not None:
            self.taken += 1
            action = self.actions.pop(0) if self.actions else self.usually
        match action:
            case "pass":
                writer.write(await self._forward(head, body))
            case "slow":
                await asyncio.sleep(_SLOW_S)
                writer.write(await self._forward(head, body))
            case "dripping":
                for byte in await self._forward(head, body):
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(_DRIP_S)
            case "half-answer":
                answer = await self._forward(head, body)
                writer.write(answer[: len(answer) - 100])
            case "lost":
                await self._forward(head, body)
            case "silent":
                await reader.read()  # until nginx hangs up
            case _:
                writer.write(self._false(action, head))
        await writer.drain()

    async def _forward(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self._center)
        try:
            writer.write(head[:-2] + b"Connection: close\r\n\r\n" + body)
            return await reader.read()
        finally:
            writer.close()

    def _false(self, action: Action, head: bytes) -> bytes:
        if action in _FALSE:
            status, body, more = _FALSE[action]
            return _response(status, body, more)
        return _response(200, self._false_receipt(action, head))

    def _false_receipt(self, action: Action, head: bytes) -> bytes:
        """Returns a receipt for what was sent, none of which is stored, with one thing wrong."""
        put, name = _PUT.match(head), _BODY_FILE.search(head)
        assert put is not None and name is not None, head
        records = list(parse_records(Path(name[1].decode()).read_bytes()))
        hashes = [record.header.sha256 for record in records]
        key, shift = self._key, 0
        match action:
            case "other-signer":
                key = SigningKey.generate()
            case "other-hash":
                hashes[0] = "0" * 64
            case "other-range":
                shift = 1
        first = records[0].header
        word = Receipt(
            node=put[1].decode(), chain=put[2].decode(), first=first.sequence + shift,
            last=first.sequence + shift + len(hashes) - 1, hashes=tuple(hashes), time=first.manifest.end_us,
        )  # fmt: skip
        return signed.sign("receipt", word, key).data


def _response(status: int, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
    return head.encode() + body
