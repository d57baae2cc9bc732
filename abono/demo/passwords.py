"""A hash for passwords that everybody may know."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    """Django's own with few rounds: the demo prints the password, so there is nothing to guard.

    At the first sign-in Django makes it a slow one, as it does with every old hash.
    """

    iterations = 1_000
