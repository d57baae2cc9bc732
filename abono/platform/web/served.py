"""Each request begins with the question who asks, and leaves nothing of its answer behind (ACC-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from abono.platform.postgres import scope
from abono.platform.postgres.scope import Crossing


class Served:
    """Middleware: whoever decides about access says for whom the request works on (`site.admission`, `api.protocol.auth`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        with scope.crossing(Crossing.ACCESS):
            response: HttpResponse | StreamingHttpResponse = self.get_response(request)
            if isinstance(response, StreamingHttpResponse):  # its rows are read when we are long through
                assert not response.is_async
                content = cast("Iterator[bytes]", response.streaming_content)
                response.streaming_content = _as_now(content, scope.wanted())
            return response


def _as_now(content: Iterator[bytes], wanted: str | None) -> Iterator[bytes]:
    while True:
        with scope.working(wanted):
            piece = next(content, None)
        if piece is None:
            return
        yield piece
