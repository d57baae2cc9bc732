"""The conditions of a list, of which whoever asks gives some."""

from __future__ import annotations

from typing import Any


def given(**conditions: object) -> dict[str, Any]:
    """Those that are not None, for `filter(**given(id__lt=before))`."""
    return {field: value for field, value in conditions.items() if value is not None}
