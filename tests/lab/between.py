"""What stands on the line between the two: a resolver, and a relay that delays and breaks.

One thread, one event loop; each is told what to do next by plain attributes.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

HOST = "center.mml.test"
T = TypeVar("T")
_LOOP_S = 10.0
_CHUNK_BYTES = 16 * 1024
_TYPE_A, _TYPE_AAAA, _IN = 1, 28, 1
_SERVFAIL, _NXDOMAIN = 2, 3


class Loop:
    """The event loop's thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="between", daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_LOOP_S)

    def close(self) -> None:
        """Drops every connection and ends the thread."""
        self.do(self._cancel())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LOOP_S)
        self._loop.close()

    async def _cancel(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class Resolver(asyncio.DatagramProtocol):
    """Answers for one name.

    Attributes:
        addresses: what it says.
        mood: ``answer``, or what it does instead.
    """

    def __init__(self, loop: Loop, *addresses: str) -> None:
        self.addresses, self.mood = addresses, "answer"
        self._all = addresses
        loop.do(self._listen())

    def reset(self) -> None:
        """Answers with every address again."""
        self.addresses, self.mood = self._all, "answer"

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self.mood != "silent":
            self._transport.sendto(self._answer(data), addr)

    async def _listen(self) -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=("::", 53))

    def _answer(self, query: bytes) -> bytes:
        end = query.index(0, 12) + 5
        (wanted,) = struct.unpack_from(">H", query, end - 4)
        code = {"answer": 0, "servfail": _SERVFAIL, "nxdomain": _NXDOMAIN}[self.mood]
        found = [] if code else [entry for entry in map(_entry, self.addresses) if entry[0] == wanted]
        head = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(found), 0, 0)
        rows = (struct.pack(">HHHIH", 0xC00C, kind, _IN, 1, len(raw)) + raw for kind, raw in found)
        return head + query[12:end] + b"".join(rows)


def _entry(address: str) -> tuple[int, bytes]:
    parsed = ipaddress.ip_address(address)
    return (_TYPE_A if parsed.version == 4 else _TYPE_AAAA), parsed.packed


class Relay:
    """Passes connections on to a port of the city.

    Attributes:
        delay_s: added to every packet, each way.
        cut_after: bytes upward after which a connection is reset; none for never. It counts down with each cut.
        cuts: how many connections are to be reset.
    """

    def __init__(self, loop: Loop, target: int) -> None:
        self._target = target
        self.reset()
        self.port = loop.do(self._listen())

    def reset(self) -> None:
        """Passes all on at once."""
        self.delay_s, self.cut_after, self.cuts = 0.0, 0, 0

    async def _listen(self) -> int:
        server = await asyncio.start_server(self._pass_on, "::", 0)
        return int(server.sockets[0].getsockname()[1])

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target)
        cut = self.cut_after if self.cuts else None
        tasks = [
            asyncio.create_task(self._pump(reader, up_writer, cut)),
            asyncio.create_task(self._pump(up_reader, writer, None)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            _reset(writer)
            up_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: int | None) -> None:
        loop, passed = asyncio.get_running_loop(), 0
        while data := await reader.read(_CHUNK_BYTES):
            passed += len(data)
            if cut is not None and passed > cut:
                self.cuts -= 1
                return
            if self.delay_s:
                loop.call_later(self.delay_s, writer.write, data)
            else:
                writer.write(data)
                await writer.drain()
        await asyncio.sleep(self.delay_s)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection as a router does that has forgotten it."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
