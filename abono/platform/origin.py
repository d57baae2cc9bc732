"""From where an act comes: the door through which it came, and the address of who knocked (ACC-6).

A door says so once; what is recorded below it takes it from here, so that no use case has to carry it along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True, slots=True)
class Origin:
    """`door` is a word of ours ("portal", "api", "worker", "cli"); `address` an IP address, personal, or empty."""

    door: str
    address: str = ""


_NOWHERE = Origin("system")
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def origin() -> Origin:
    """Of what runs now."""
    return _origin.get()


@contextmanager
def coming_from(door: str, address: str = "") -> Iterator[None]:
    """All that is recorded inside the block came from there."""
    token = _origin.set(Origin(door, address))
    try:
        yield
    finally:
        _origin.reset(token)


class Doors:
    """Middleware: the namespace of an address names its door."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with coming_from("site", address_of(request)):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        match = request.resolver_match
        if match is not None and match.namespaces:
            _origin.set(Origin(match.namespaces[0], address_of(request)))


def address_of(request: HttpRequest) -> str:
    """Of who knocked, as far as proxies are believed (`config.forwarded`); empty for none."""
    return str(request.META.get("REMOTE_ADDR", ""))
