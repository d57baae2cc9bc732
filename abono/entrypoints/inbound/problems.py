"""Errors of the inbound doors as RFC 9457 problems."""

from __future__ import annotations

from http import HTTPStatus

from django.http import JsonResponse
from django.utils.translation import gettext

from abono.platform.problems import TITLES


def problem(status: HTTPStatus, code: str, detail: str) -> JsonResponse:
    """What was wrong, where, and how to mend it; `detail` is in the reader's language."""
    return JsonResponse(
        {
            "type": f"/docs/errors#{code}",
            "title": gettext(TITLES[status]) if status in TITLES else status.phrase,
            "status": status.value,
            "code": code,
            "detail": detail,
        },
        status=status,
        content_type="application/problem+json",
    )
