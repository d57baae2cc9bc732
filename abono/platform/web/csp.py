"""Content security policy: only our own files, no inline style or script, nobody frames us."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'; frame-src {frames}"
)


class ContentSecurityPolicy:
    """Middleware: sets the header on every answer that does not bring its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        frames = getattr(response, "csp_frame_src", "'none'")
        response.headers.setdefault("Content-Security-Policy", _POLICY.format(frames=frames))
        return response


def allow_frame[**P, R: HttpResponseBase](
    origin: str | Callable[[], str],
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let the pages of one view show a frame of `origin`: the card fields live at the gateway's.

    `origin` is `scheme://host[:port]`, or a callable that says it when the view answers.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def framed(*args: P.args, **kwargs: P.kwargs) -> R:
            response = view(*args, **kwargs)
            response.csp_frame_src = origin() if callable(origin) else origin  # type: ignore[attr-defined]
            return response

        return framed

    return decorate
