"""Files in base64 that a program sends in a body, and files that it gets."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterable
from typing import Any

from abono.kernel.errors import Refusal

BASE64 = r"^[A-Za-z0-9+/]*={0,2}$"


def decoded(text: str | None, wrong: Refusal) -> bytes | None:
    """Raises `wrong`."""
    if text is None:
        return None
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        raise wrong from None


def binary(types: Iterable[str]) -> dict[str, Any]:
    """In the document of the API: the answer is a file of one of these types."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {"responses": {200: {"content": dict.fromkeys(types, schema)}}}
