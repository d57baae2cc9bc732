"""Addresses that only a form sends to, and may answer with a page: who reloads it, or reads it in another language, asks
with GET, and goes back to where the form is. And what such forms bring back of what they showed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from abono.kernel.money import Money


def posted_amount(request: HttpRequest, name: str, currency: str) -> Money:
    """What a page said that is charged; where it said nothing of the kind, what nothing costs."""
    said = request.POST.get(name, "")
    return Money(int(said) if re.fullmatch(r"[0-9]{1,18}", said) else -1, currency)


def posted(
    back: str, *, of: str = ""
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Take POST; lead GET to the page `back`; no other method.

    back   by its name; `{room}` stands for the room of this address, where portal and back office share a page
    of     which part of this address names what that page is of
    """

    def made(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **named)
            if request.method in ("GET", "HEAD"):
                room = request.resolver_match.namespace if request.resolver_match else ""
                return redirect(back.format(room=room), *([named[of]] if of else []))
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])

        return answer

    return made
