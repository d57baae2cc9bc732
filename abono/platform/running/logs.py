"""What processes say: one object of JSON a line, with the id of the request or job that it is about (OPS-4).

Nothing that tells of persons or opens doors gets out: fields are those of `FIELDS`, routes stand for addresses, and
what an error quotes is masked. Whatever is quoted cannot begin a line of its own.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from time import perf_counter
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse

from abono.kernel import trace
from abono.kernel.ids import uuid7
from abono.platform.running import metrics

FIELDS = ("request_id", "job", "task", "method", "route", "status", "duration_ms", "actor")
HEADER = "X-Request-Id"
_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{7,63}")

_NOTHING: Mapping[str, object] = MappingProxyType({})
_about: ContextVar[Mapping[str, object]] = ContextVar("about", default=_NOTHING)
_log = logging.getLogger("abono.request")


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Every line inside the block has these of FIELDS."""
    token = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(token)


def request_id() -> str:
    """Of the request that is being answered, or that led to this job; empty where there is none."""
    return str(_about.get().get("request_id", ""))


def usable_id(given: str) -> str:
    """The id that a caller or proxy gave, if it looks like one; else one of ours."""
    return given if _SHAPE.fullmatch(given) else uuid7().hex


def route(request: HttpRequest) -> str:
    """The pattern of the address, without what stood in it; `-` where there is nothing at the address."""
    match = request.resolver_match
    return f"/{match.route}" if match is not None else "-"


class Requests:
    """Middleware: a line for each request, and its id in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        given = trace.read(request.headers.get(trace.HEADER, ""))
        own = usable_id(request.headers.get(HEADER, given))
        with about(request_id=own), trace.within(given or own):
            response = self.get_response(request)
            where, took_s = route(request), perf_counter() - began
            took_ms = round(took_s * 1000)
            fields = {
                "method": request.method,
                "route": where,
                "status": response.status_code,
                "duration_ms": took_ms,
                "actor": _actor(request),
            }
            labels = (_door(request), request.method or "", f"{response.status_code // 100}xx")
            metrics.REQUESTS.labels(*labels).observe(took_s)
            _log.info("%s %s %s in %s ms", request.method, where, response.status_code, took_ms, extra=fields)
        response.headers[HEADER] = own
        return response


def _door(request: HttpRequest) -> str:
    """One of ours, so that strangers cannot make up series."""
    match = request.resolver_match
    return match.namespaces[0] if match is not None and match.namespaces else "site"


def _actor(request: HttpRequest) -> str | None:
    """Who asked, as events name them, where somebody had to know. Asks no database."""
    if key := getattr(request, "auth", None):
        return str(getattr(key, "actor", "")) or None
    person = getattr(request, "_cached_user", None)
    return f"person:{person.pk}" if person is not None and person.pk else None


class _Lines(logging.Formatter):
    def facts(self, record: logging.LogRecord) -> dict[str, object]:
        given = {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        found = {name: value for name, value in {**_about.get(), **given}.items() if value is not None}
        if (trace_id := trace.current()) and trace_id != found.get("request_id"):
            found["trace_id"] = trace_id
        return found

    def trace(self, record: logging.LogRecord) -> str:
        if record.exc_info and record.exc_info[0] is not None:
            return masked(self.formatException(record.exc_info))
        return ""


class JsonLines(_Lines):
    """For machines: letters beyond ASCII are escaped too, so that nothing in a line acts on who reads it."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            **self.facts(record),
        }
        if trace := self.trace(record):
            said["error"] = trace
        return json.dumps(said, default=str).replace("\x7f", "\\u007f")


class PlainLines(_Lines):
    """For people who develop: what follows the first line is set in."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%S")
        own = self.facts(record).get("request_id", "")
        line = f"{at} {record.levelname} {record.name}: {_tame(masked(record.getMessage()))}"
        more = [f"    {_tame(part)}" for part in self.trace(record).splitlines()]
        return "\n".join([f"{line} [{own}]" if own else line, *more])


def _tame(text: str) -> str:
    """Without letters that move a cursor, end a line or turn its direction."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


_MASKS = (
    (re.compile(r"^DETAIL:.*$", re.MULTILINE), "DETAIL: …"),  # PostgreSQL quotes whole rows there
    (  # what lets somebody in and stands in an address of ours
        re.compile(
            r"(/(?:set-password/[\w-]+|invitation|email/(?:proof|back)|order/resume|pay|settings/changes/[\w-]+/link|inbound/gateways/[\w-]+)/|[?&](?:code|state|token)=)[^/\s?&#\"']{12,}"
        ),
        r"\1…",
    ),
    (re.compile(r"(?<=://)[^/\s@]+@"), "…@"),
    (re.compile(r"[^\s@\"'<>=,;:()\[\]{}/]+@[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"\b(abk_|whsec_)[\w+/=-]{16,}"), r"\1…"),
    (re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|\b\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}\b"), "…"),  # CPF, CNPJ
)
_DIGITS = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")
_TOKEN = re.compile(r"[\w:=-]{40,}")


def masked(text: str) -> str:
    """Without e-mail addresses, keys, tokens, numbers of cards and of taxpayers."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    text = _DIGITS.sub(lambda found: "…" if _luhn(found[0]) else found[0], text)
    return _TOKEN.sub(lambda found: "…" if _random(found[0]) else found[0], text)


def _luhn(text: str) -> bool:
    """Whether a row of digits may be the number of a card."""
    digits = [int(letter) for letter in reversed(text) if letter.isdigit()]
    return sum(sum(divmod(2 * digit, 10)) if n % 2 else digit for n, digit in enumerate(digits)) % 10 == 0


def _random(text: str) -> bool:
    """Names that people give have no digits between capitals and small letters."""
    return all(any(test(letter) for letter in text) for test in (str.isdigit, str.isupper, str.islower))
