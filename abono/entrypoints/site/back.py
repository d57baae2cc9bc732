"""Where somebody may be led back to: pages of ours, and nobody else's."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def ours(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())


def came_from(request: HttpRequest) -> str:
    """The path of the page of ours on which a form was; empty when nobody says, and for one of somebody else."""
    page = request.headers.get("Referer", "")
    if not ours(request, page):
        return ""
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
