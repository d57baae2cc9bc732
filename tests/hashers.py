"""Hashing passwords is slow on purpose; in tests it would be most of the time."""

from __future__ import annotations

from django.conf import settings


def make_fast() -> None:
    """For this process."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
