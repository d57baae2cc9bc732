"""How often cards may be tried: who tries many is testing cards of others. A pause, and a page that says until when."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from abono.entrypoints.site import errors
from abono.flows.signup import tries
from abono.platform import clock, throttle

FREE_TRIES = 6  # of one customer, before the first pause


def spend(request: HttpRequest, *, whose: str) -> HttpResponse | None:
    """Count one try, before any card is looked at. The page that says when the next one is looked at, or None.

    whose   who tries: the public id of a customer
    """
    now = clock.now()
    wait = throttle.spend(_of(whose), free=FREE_TRIES, now=now)
    name, free = of_address(request)
    wait = wait or throttle.spend(name, free=free, now=now)
    return errors.too_many(request, wait=wait) if wait > timedelta() else None


def give_back(request: HttpRequest, *, whose: str) -> None:
    """It was a good card: its tries do not count."""
    throttle.clear(_of(whose))
    throttle.give_back(of_address(request)[0])


def _of(whose: str) -> str:
    return f"card:{whose}"


def of_address(request: HttpRequest) -> tuple[str, int]:
    """Under which tries from the visitor's address are counted, and how many come before the first pause."""
    return tries.of_address(request.META.get("REMOTE_ADDR", ""))
