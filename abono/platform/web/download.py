"""Files that a person takes along: with a name, and kept by nobody on the way."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from abono.platform import rate

FILES_PER_MINUTE = 60  # of one person or key: each is made anew when it is asked for


def wait_s(who: UUID, *, now: datetime) -> int:
    """Count a file before it is made. Returns 0 when it is, else the whole seconds until the next one."""
    return rate.wait_s(rate.asking_for("files", who), per_minute=FILES_PER_MINUTE, now=now)


def as_file[Answer: HttpResponseBase](answer: Answer, name: str) -> Answer:
    """The same answer, saved under this name and kept by no cache: what is in it is somebody's own."""
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def pdf(content: bytes, name: str) -> HttpResponse:
    return as_file(HttpResponse(content, content_type="application/pdf"), name)
