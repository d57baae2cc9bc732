"""Links that let somebody in are written into no log: what stands in an address is masked (V-13, OPS-6)."""

from __future__ import annotations

import logging
import re

_TOKENS = re.compile(
    r"(/(?:set-password/[\w-]+|invitation|order/resume|pay)/|[?&](?:code|state|token)=)[^/\s?&#\"']{12,}"
)


def masked(text: str) -> str:
    """The text with each token in an address of ours as `***`."""
    return _TOKENS.sub(r"\1***", text)


class MaskTokens(logging.Filter):
    """For handlers: changes what is written, drops nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        clean = masked(said)
        if clean != said:
            record.msg, record.args = clean, ()
        return True
