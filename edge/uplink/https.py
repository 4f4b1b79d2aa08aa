"""The center over HTTPS with mutual TLS, by ``requests``; the machine's proxies and CA variables do not matter."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from edge.base.clock import Clock
from edge.base.errors import Unavailable
from edge.uplink.certificate import own_fault
from edge.uplink.dial import Dialer
from edge.uplink.server import ANSWER_LIMIT_BYTES, Answer, Request

_CHUNK_BYTES = 16 * 1024
_ANSWER_LIMIT_S = 120.0
"""A server that drips its answer byte by byte is given up after this."""

_TLS_FAULTS = (
    ("certificate has expired", "a certificate has expired: the center's, or this node's clock is wrong"),
    ("certificate is not yet valid", "the center's certificate is not valid yet: this node's clock is probably wrong"),
    ("hostname mismatch", "the center's certificate is for another host name than center_url"),
    ("ip address mismatch", "the center's certificate is for another address than center_url"),
    ("unable to get local issuer", "the center's certificate is not of the city's CA (ca.pem)"),
    ("self-signed certificate", "the center's certificate is not of the city's CA (ca.pem)"),
    ("self signed certificate", "the center's certificate is not of the city's CA (ca.pem)"),
    ("alert certificate expired", "the center says: this node's certificate has expired"),
    ("alert unknown ca", "this node's certificate does not lead to the city's CA, says the center"),
    ("key values mismatch", "tls.pem and certificate.pem do not belong together"),
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Files of the TLS connection."""

    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long the line may be silent, seconds."""

    connect_s: float = 10.0
    answer_s: float = 60.0


Pace = Callable[[int], None]
"""Called with the number of bytes about to be sent; returns when they may go."""


class HttpsServer:
    """Adapter of the ``Server`` port.

    Args:
        url: ``https://host:port``.
        clock: the machine's, since certificates go by no other.
        pace: holds uploads to a rate limit.
    """

    def __init__(
        self, url: str, credentials: Credentials, clock: Clock, timeouts: Timeouts, pace: Pace | None = None
    ) -> None:
        self._url, self._credentials, self._clock, self._timeouts = url.rstrip("/"), credentials, clock, timeouts
        self._pace, self._dialer = pace, Dialer()
        self._session = self._open(with_certificate=True)
        self._bare = self._open(with_certificate=False)

    def exchange(self, request: Request) -> Answer:
        """See ``Server``."""
        session = self._session if request.with_certificate else self._bare
        try:
            with session.request(
                request.method,
                self._url + request.path,
                data=_Body(request.body, self._pace) if request.body else None,
                headers={"Accept-Encoding": "identity", **request.headers},
                timeout=(self._timeouts.connect_s, self._timeouts.answer_s),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._read(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(f"{self._url}: {self._reason(error, request)}") from error

    def use_new_certificate(self) -> None:
        """See ``Server``."""
        self._session.close()
        self._session = self._open(with_certificate=True)

    def break_off(self) -> None:
        """Has a request that waits fail at once, and every later one; any thread may call this."""
        self._dialer.break_off()

    def close(self) -> None:
        """Drops all connections."""
        self._session.close()
        self._bare.close()

    def _open(self, *, with_certificate: bool) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("https://", _Adapter(self._dialer))
        session.verify = str(self._credentials.ca)
        if with_certificate:
            session.cert = (str(self._credentials.certificate), str(self._credentials.key))
        return session

    def _reason(self, error: Exception, request: Request) -> str:
        fault = tls_fault(error)
        if fault is not None:
            return fault
        if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
            return "no answer in time"
        files = self._credentials
        own = own_fault(files.certificate, files.ca, self._clock.now_us()) if request.with_certificate else None
        return f"cannot be reached or broke off ({own or type(error).__name__}: {str(_cause(error))[:200]})"

    def _read(self, response: requests.Response) -> Answer:
        end_ns = self._clock.monotonic_ns() + int(_ANSWER_LIMIT_S * 1e9)
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
            body += chunk
            if len(body) > ANSWER_LIMIT_BYTES:
                raise Unavailable(f"{self._url}: answer is over the limit of {ANSWER_LIMIT_BYTES} bytes")
            if self._clock.monotonic_ns() > end_ns:
                raise Unavailable(f"{self._url}: answer was not whole after {_ANSWER_LIMIT_S:.0f} s")
        fields = response.headers
        return Answer(response.status_code, bytes(body), fields.get("ETag"), _seconds(fields.get("Retry-After")))


class _Adapter(HTTPAdapter):
    """Has every connection opened by a dialer."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """See ``HTTPAdapter``."""
        super().init_poolmanager(*arguments, **options)
        dialer = self._dialer

        class Connection(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                try:
                    return dialer.dial(
                        self.host.strip("[]"), self.port, float(self.timeout or 0), self.socket_options or ()
                    )
                except TimeoutError as error:
                    raise urllib3.exceptions.ConnectTimeoutError(self, str(error)) from error
                except OSError as error:
                    raise urllib3.exceptions.NewConnectionError(self, str(error)) from error

            def connect(self) -> None:
                try:
                    super().connect()
                except BaseException:
                    dialer.settle(None)
                    raise
                dialer.settle(self.sock)

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Connection

        self.poolmanager.pool_classes_by_scheme = {"https": Pool}


class _Body:
    """The batch's own buffer, handed out in chunks at the pace of the line."""

    def __init__(self, data: bytes | bytearray, pace: Pace | None) -> None:
        self._data, self._pace, self._at = memoryview(data), pace, 0

    def __len__(self) -> int:
        return len(self._data)

    def read(self, size: int = -1) -> bytes:
        """Returns the next ``size`` bytes."""
        chunk = self._data[self._at :] if size < 0 else self._data[self._at : self._at + size]
        if self._pace is not None:
            self._pace(len(chunk))
        self._at += len(chunk)
        return bytes(chunk)


def _seconds(value: str | None) -> float | None:
    """Returns a Retry-After in seconds; its other form, a date, needs two clocks that agree and is left out."""
    if value is None or len(value) > 8 or not value.isascii() or not value.isdigit():
        return None
    return float(value)


def _cause(error: BaseException) -> BaseException:
    """Returns the innermost error: the libraries wrap what the line said into a page of names and addresses."""
    inner = getattr(error, "reason", None) or next(iter(error.args), None)
    return _cause(inner) if isinstance(inner, BaseException) else error


def tls_fault(error: Exception) -> str | None:
    """Returns what a TLS library's message means here; none where it says nothing about certificates."""
    text = str(error).lower().replace("_", " ")
    return next((meaning for sign, meaning in _TLS_FAULTS if sign in text), None)
