"""The desk's HTTP client for the center: mutual TLS, every answer bounded, every failure one of ours.

Rules:
  1. Only the city's CA is trusted; proxies, ``.netrc`` and CA variables of the environment are not looked at.
  2. Redirects are not followed.
  3. An answer is read up to a limit that the caller names; what it says is parsed as hostile.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests

from edge.base import strictjson
from edge.base.errors import BadConfiguration, MimamoriError, NotPermitted, Refused, TryAgain, Unavailable, UsageFault

_CONNECT_S = 10.0
_FAILURE_LIMIT_BYTES = 16 * 1024
_CHUNK_BYTES = 256 * 1024


class Center:
    """A session with the center.

    Args:
        url: ``https://host[:port]``, nothing after it.
        folder: of the desk or a custodian, with ``tls.pem``, ``certificate.pem`` and ``ca.pem``.

    Raises:
        UsageFault: the URL is off.
        BadConfiguration: a TLS file is missing.
    """

    whom, read_s = "the center", 60.0

    def __init__(self, url: str, folder: Path) -> None:
        self._base = _checked(url)
        files = [folder / name for name in ("certificate.pem", "tls.pem", "ca.pem")]
        missing = [str(path) for path in files if not path.is_file()]
        if missing:
            raise BadConfiguration(f"{', '.join(missing)}: missing; the folder that 'desk init' made has them")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cert = (str(files[0]), str(files[1]))
        self._session.verify = str(files[2])

    def get(self, path: str, *, limit_bytes: int) -> bytes:
        """Returns the body at ``path``.

        Raises:
            Unavailable: no connection, or a fault of the center's own; TryAgain: it asks to wait.
            NotPermitted: it refuses this certificate.
            Refused: ``not-found``, the center's own failure slug, or ``too-long``.
        """
        return b"".join(self.stream(path, limit_bytes=limit_bytes))

    def find(self, path: str, *, limit_bytes: int) -> bytes | None:
        """Returns the body at ``path``, None where there is none; raises like ``get``."""
        try:
            return self.get(path, limit_bytes=limit_bytes)
        except Refused as error:
            if error.failure == "not-found":
                return None
            raise

    def stream(self, path: str, *, limit_bytes: int) -> Generator[bytes, None, None]:
        """Yields the body at ``path`` piece by piece; raises like ``get``, also in the middle."""
        with self._answer("GET", path) as answer:
            yield from _bounded(answer, path, limit_bytes, self.whom)

    def put(self, path: str, document: bytes) -> None:
        """Puts a signed document; raises like ``get``."""
        self._exchange("PUT", path, document, _FAILURE_LIMIT_BYTES)

    def post(self, path: str, document: bytes) -> None:
        """Posts a signed document; raises like ``get``."""
        self._exchange("POST", path, document, _FAILURE_LIMIT_BYTES)

    def _exchange(self, method: str, path: str, document: bytes, limit_bytes: int) -> bytes:
        with self._answer(method, path, document) as answer:
            return b"".join(_bounded(answer, path, limit_bytes, self.whom))

    def close(self) -> None:
        """Ends the session."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _answer(self, method: str, path: str, document: bytes | None = None) -> Iterator[requests.Response]:
        headers = {} if document is None else {"Content-Type": "application/json"}
        try:
            with self._session.request(
                method,
                self._base + path,
                data=document,
                headers=headers,
                stream=True,
                timeout=(_CONNECT_S, self.read_s),
                allow_redirects=False,
            ) as answer:
                if not 200 <= answer.status_code < 300:
                    raise _failure(answer, path, self.whom)
                yield answer
        except requests.exceptions.SSLError as error:
            raise NotPermitted(f"{self._base}: TLS failed: its certificate or ours does not hold ({error})") from error
        except requests.exceptions.RequestException as error:
            raise Unavailable(f"{self._base}{path}: {self.whom} cannot be reached ({type(error).__name__})") from error


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme == "https" and parts.hostname and not (parts.query or parts.fragment or parts.username)
        sound = sound and parts.path in ("", "/") and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise UsageFault(f"--center {url[:200]!r}: write https://HOST or https://HOST:PORT")
    return url.rstrip("/")


def _bounded(answer: requests.Response, path: str, limit_bytes: int, whom: str) -> Iterator[bytes]:
    length = 0
    for chunk in answer.iter_content(_CHUNK_BYTES):
        length += len(chunk)
        if length > limit_bytes:
            raise Refused("too-long", f"{path}: {whom}'s answer is over the limit of {limit_bytes} bytes")
        yield chunk


def _failure(answer: requests.Response, path: str, whom: str) -> MimamoriError:
    slug, text = _said(answer, whom)
    message = f"{path}: {whom} answered {answer.status_code} {slug}: {text}"
    if answer.status_code in (401, 403):
        return NotPermitted(message)
    if answer.status_code in (429, 503, 507):
        return TryAgain(message)
    if answer.status_code >= 500:
        return Unavailable(message)
    return Refused("not-found" if answer.status_code == 404 else slug, message)


def _said(answer: requests.Response, whom: str) -> tuple[str, str]:
    """Returns the failure slug and text, printable and short, or that there were none."""
    try:
        tree = strictjson.parse_loose(b"".join(_bounded(answer, "", _FAILURE_LIMIT_BYTES, whom)), limit_bytes=2**20)
        slug, text = str(tree["failure"]), str(tree["message"])
    except (Refused, KeyError, TypeError):
        return "no-reason", "without saying why"
    printable = "".join(letter if letter.isprintable() else "?" for letter in text[:400])
    return ("".join(letter for letter in slug[:40] if letter.isalnum() or letter == "-") or "no-reason"), printable
