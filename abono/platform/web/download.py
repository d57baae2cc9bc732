"""Files that a person takes along: with a name, and kept by nobody on the way."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase


def as_file[Answer: HttpResponseBase](answer: Answer, name: str) -> Answer:
    """The same answer, saved under this name and kept by no cache: what is in it is somebody's own."""
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def pdf(content: bytes, name: str) -> HttpResponse:
    return as_file(HttpResponse(content, content_type="application/pdf"), name)
