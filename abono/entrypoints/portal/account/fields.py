"""Fields that several pages about one's own account have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

KNOWN, NEW = "current-password", "new-password"  # what a browser may fill in


def password_field(label: Any, *, kind: str = KNOWN, **other: Any) -> forms.CharField:
    """As it was typed, spaces too."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": kind}),
        **{"error_messages": {"required": _("Type your password.")}, **other},
    )
