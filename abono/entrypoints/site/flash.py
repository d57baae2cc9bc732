"""What a page says once, after something was done: what happened, what comes next, undo when there is one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest


def done(request: HttpRequest, text: str, *, undo_url: str = "") -> None:
    """Say on the next page that something happened. `undo_url` takes a POST and takes it back."""
    messages.success(request, text, extra_tags=undo_url)


def told(request: HttpRequest, text: str) -> None:
    """Say something neutral, such as that a payment is being confirmed."""
    messages.info(request, text)


def refused(request: HttpRequest, text: str) -> None:
    """Say that something was not done, and why."""
    messages.error(request, text)
