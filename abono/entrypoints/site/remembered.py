"""What a browser remembers of us for a year, that no script of a page reads."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language

A_YEAR = timedelta(days=365)


def remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=A_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remember_language(response: HttpResponse, language: str = "") -> None:
    """In which one this browser reads, where an address does not say: that of this page, if no other is given."""
    remember(response, settings.LANGUAGE_COOKIE_NAME, language or get_language() or "en")
