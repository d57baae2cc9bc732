"""Files that people send: to few pages, in memory, within what any request may carry; all other pages drop them (V-12)."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler

TAKING = frozenset(
    {
        "backoffice:bank-file-take",
        "backoffice:fiscal-take",
        "backoffice:invoice-fiscal",
        "backoffice:statement-take",
        "backoffice:withheld-prove",
        "portal:withheld-prove",
    }
)
"""Pages to which a file may be sent."""


class InMemory(MemoryFileUploadHandler):
    """Takes files for pages of TAKING, and none for others; whole bodies are bounded before (`config.asgi`)."""

    def handle_raw_input(self, *_args: Any, **_more: Any) -> None:
        match = getattr(self.request, "resolver_match", None)
        self.activated = match is not None and match.view_name in TAKING
