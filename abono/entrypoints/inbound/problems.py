"""Errors of the inbound doors as RFC 9457 problems."""

from __future__ import annotations

from http import HTTPStatus

from django.http import JsonResponse


def problem(status: HTTPStatus, code: str, detail: str) -> JsonResponse:
    """What was wrong, where, and how to mend it."""
    return JsonResponse(
        {
            "type": f"/docs/errors#{code}",
            "title": status.phrase,
            "status": status.value,
            "code": code,
            "detail": detail,
        },
        status=status,
        content_type="application/problem+json",
    )
