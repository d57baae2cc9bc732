"""Addresses that only a form sends to, and may answer with a page: who reloads it, or reads it in another language, asks
with GET, and goes back to where the form is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect


def posted(back: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Take POST; lead GET to the page `back`, by its name; no other method."""

    def made(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **named)
            if request.method in ("GET", "HEAD"):
                return redirect(back)
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])

        return answer

    return made
