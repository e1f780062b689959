"""Whole answers from a service on the net, or none: bounded tries, answers kept on disk with their length and hash.

OSMnx's own requests are not used: they try again without limit, take a partial answer for a whole one, replace the
process's name lookup, may ask a third host for it, and can leave half a file in the cache.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zzgeo.errors import (
    EnvironmentFault,
    InputError,
    MissingExtra,
    Problem,
    ServiceUnavailable,
)
from zzgeo.system import SYSTEM

#: What a kept answer's first line begins with; a later form gets another number.
_FORM = 1

#: An answer larger than this is given up: no square of a city comes near it.
_MOST_BYTES = 1 << 30

#: Answers of the service itself that may differ at the next try.
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))


class NotWhole(Exception):
    """What came is no whole answer: worth another try, after ``wait_s`` where the service says so."""

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        self.what, self.wait_s = what, wait_s
        super().__init__(what)


@dataclass(frozen=True)
class Budget:
    """How long one request may take: so many tries, so many seconds for all of them with the waits between.

    ``timeout`` is the longest silence in seconds before a try is given up.
    """

    tries: int = 5
    seconds: float = 600.0
    timeout: float = 180.0

    def __post_init__(self) -> None:
        for name in ("tries", "seconds", "timeout"):
            if not getattr(self, name) > 0:
                value = f"{name}={getattr(self, name)}"
                raise InputError([Problem("config.invalid", "budget", value, "must be above 0", "correct the value")])


@dataclass(frozen=True)
class Answer:
    """One whole answer: the bytes, where and when they were asked for (UTC), whether they were kept from before."""

    body: bytes
    asked: str
    query: str
    fetched: str
    kept: bool

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the bytes."""
        return hashlib.sha256(self.body).hexdigest()


def checked_address(address: str, option: str) -> str:
    """Return the address of a service without its last slash.

    Raises
    ------
    InputError
        ``config.invalid`` for anything but http or https with a host, and for one that holds a password, which would
        stand in the files written.
    """
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        why, remedy = "a service is asked over http or https", "give its address, e.g. https://host/api/interpreter"
        raise InputError([Problem("config.invalid", option, address, why, remedy)])
    if parts.username is not None or parts.password is not None:
        why, remedy = "a password in the address would be written down", "give the address without it"
        raise InputError([Problem("config.invalid", option, str(parts.hostname), why, remedy)])
    return address.rstrip("/")


class Client:
    """Asks services for whole answers within a budget; only what was accepted as whole is kept, or given out.

    No redirect is followed and no password is sent, so that no host but the one asked ever hears of it; a proxy set in
    the environment is used.

    Parameters
    ----------
    cache
        Folder of kept answers.
    budget
        Tries and seconds for each request.
    keep_days
        Kept answers that are older are asked for again.
    progress
        Called with a line for the user: a wait, a kept answer that was damaged.
    clock, sleep, now
        For tests: seconds that only grow, a wait in seconds, the time in UTC.
    """

    def __init__(
        self,
        cache: Path,
        budget: Budget,
        *,
        keep_days: float = 7.0,
        progress: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._cache, self._budget, self._keep = cache, budget, dt.timedelta(days=keep_days)
        self._told, self._clock, self._sleep, self._now = progress, clock, sleep, now
        self._session = _session()

    def ask(
        self,
        address: str,
        form: Mapping[str, str],
        accept: Callable[[bytes], None],
        *,
        query: str | None = None,
        method: str = "POST",
    ) -> Answer:
        """Return the answer to a request: from the cache, else from the service.

        Parameters
        ----------
        address, form
            Where to, and the fields of the form.
        accept
            Raises `NotWhole` for bytes that are no whole answer.
        query
            What tells this request from others at the same address; the whole form if left out.
        method
            ``"POST"``, or ``"GET"`` with the form in the address.

        Raises
        ------
        ServiceUnavailable
            ``service.unavailable`` where the budget is used up, or the service refuses for good.
        EnvironmentFault
            If the cache cannot be written.
        """
        query = json.dumps(dict(form), ensure_ascii=False) if query is None else query
        path = self._cache / hashlib.sha256(f"{address}\n{query}".encode()).hexdigest()
        kept = self._kept(path, address, query, accept)
        if kept is not None:
            return kept
        body = self._tried(method, address, form, accept)
        answer = Answer(body, address, query, self._now().strftime("%Y-%m-%dT%H:%M:%SZ"), kept=False)
        _keep(path, answer)
        return answer

    def _kept(self, path: Path, address: str, query: str, accept: Callable[[bytes], None]) -> Answer | None:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _cannot_keep(path, error) from error
        try:
            head, _, body = content.partition(b"\n")
            said = json.loads(head)
            same = said["form"] == _FORM and (said["asked"], said["query"]) == (address, query)
            whole = said["length"] == len(body) and said["sha256"] == hashlib.sha256(body).hexdigest()
            fetched = dt.datetime.strptime(said["fetched"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
            if not (same and whole):
                raise NotWhole("length or hash differ")
            accept(body)
        except (ValueError, KeyError, TypeError, NotWhole):
            why, remedy = "the kept answer was cut off or altered", "nothing to do: it is asked for again"
            self._told(Problem("cache.damaged", path.name[:12], f"{len(content)} bytes", why, remedy).line())
            return None
        if self._now() - fetched > self._keep:
            return None
        return Answer(body, address, query, str(said["fetched"]), kept=True)

    def _tried(self, method: str, address: str, form: Mapping[str, str], accept: Callable[[bytes], None]) -> bytes:
        """Try until an answer is whole or the budget is used up."""
        host = str(urlsplit(address).netloc)
        began = self._clock()
        for attempt in range(1, self._budget.tries + 1):
            try:
                body = self._once(method, address, form, began + self._budget.seconds)
                accept(body)
                return body
            except NotWhole as fault:
                last = fault
            wait = 5.0 * 2 ** (attempt - 1) if last.wait_s is None else last.wait_s
            left = began + self._budget.seconds - self._clock()
            if attempt == self._budget.tries or wait >= left:
                break
            self._told(f"{host}: {last.what}; waiting {wait:.0f} s, then try {attempt + 1} of {self._budget.tries}")
            self._sleep(wait)
        why = f"no whole answer in {attempt} tries and {self._clock() - began:.0f} s"
        if attempt < self._budget.tries:
            why += f"; the next try would come after the {self._budget.seconds:.0f} s allowed"
        raise _unavailable(host, last.what, why)

    def _once(self, method: str, address: str, form: Mapping[str, str], deadline: float) -> bytes:
        """Return the body of one response with status 200, every byte of it."""
        import requests
        import urllib3

        silence = min(self._budget.timeout, max(0.001, deadline - self._clock()))
        try:
            with self._session.request(
                method,
                address,
                timeout=(min(10.0, silence), silence),
                stream=True,
                allow_redirects=False,
                **{"params" if method == "GET" else "data": dict(form)},
            ) as response:
                _check_status(response, self._now())
                return self._read(response, deadline)
        except ServiceUnavailable:
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
                raise NotWhole(f"silent for {silence:g} s") from None
            raise NotWhole(f"the connection failed ({type(error).__name__})") from None

    def _read(self, response: Any, deadline: float) -> bytes:
        pieces, length = [], 0
        # read1 returns what has come: a service that drips byte by byte meets the deadline all the same;
        # fewer bytes than promised, or a chunk that ends early, raise in urllib3
        while piece := response.raw.read1(1 << 16, decode_content=True):
            pieces.append(piece)
            length += len(piece)
            if length > _MOST_BYTES:
                raise NotWhole(f"more than {_MOST_BYTES} bytes")
            if self._clock() > deadline:
                raise NotWhole("still sending when the time was up")
        return b"".join(pieces)


def _session() -> Any:
    try:
        import requests
    except ImportError:
        raise MissingExtra('asking OpenStreetMap needs requests: pip install "zzgeo[osm]"') from None
    from zzgeo.installed import zzgeo_version

    session = requests.Session()
    session.headers["User-Agent"] = f"zzgeo/{zzgeo_version()}"
    # requests would look up a password for the host in ~/.netrc
    session.auth = lambda request: request
    return session


def _check_status(response: Any, now: dt.datetime) -> None:
    status = int(response.status_code)
    if status == 200:
        return
    host = str(urlsplit(response.url).netloc)
    if 200 < status < 300 or status in _PASSING:
        wait = _seconds_asked(response.headers.get("Retry-After"), now)
        what = f"HTTP {status}" if wait is None else f"HTTP {status}, Retry-After {wait:.0f} s"
        raise NotWhole(what, wait)
    if 300 <= status < 400:
        elsewhere = str(response.headers.get("Location", ""))
        why = "it sends on to another address, which nobody named"
        raise _unavailable(host, f"HTTP {status} to {elsewhere}", why)
    raise _unavailable(host, f"HTTP {status}", "the request is refused")


def _seconds_asked(text: str | None, now: dt.datetime) -> float | None:
    """Return the wait a ``Retry-After`` asks for, in seconds or until a date; None where it says nothing readable.

    Examples
    --------
    >>> _seconds_asked("120", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    120.0
    >>> _seconds_asked("Thu, 01 Jan 2026 00:01:00 GMT", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    60.0
    """
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - now).total_seconds())


def _unavailable(host: str, value: str, why: str) -> ServiceUnavailable:
    remedy = "what came whole is kept: run the same command later, or name another service"
    return ServiceUnavailable(Problem("service.unavailable", host, value, why, remedy))


def _keep(path: Path, answer: Answer) -> None:
    """Write an answer to the cache: whole under its name, or not at all."""
    head = {
        "form": _FORM,
        "asked": answer.asked,
        "query": answer.query,
        "fetched": answer.fetched,
        "length": len(answer.body),
        "sha256": answer.sha256,
    }
    aside = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(head, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n" + answer.body)
            file.flush()
            os.fsync(file.fileno())
        SYSTEM.replace(Path(aside), path)
    except OSError as error:
        raise _cannot_keep(path, error) from error
    finally:
        if aside and os.path.exists(aside):
            os.remove(aside)


def _cannot_keep(path: Path, error: OSError) -> EnvironmentFault:
    why, remedy = "answers cannot be kept there", "name another folder: --cache DIR"
    problem = Problem("output.not_writable", str(path.parent), str(error.strerror), why, remedy)
    return EnvironmentFault(problem)
