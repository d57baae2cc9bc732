"""An https address is served by https alone: who comes by http is sent there, and nothing is done for them."""

from __future__ import annotations

from urllib.parse import quote

from abono.platform.web.asgi import Scope, Send

WATCHED = {"/v1/live", "/v1/ready"}  # asked by whoever watches, from beside us, without a key
_READING = {"GET", "HEAD"}
_REFUSED = b"This address is served by https only. Nothing was done.\n"


def is_open(scope: Scope) -> bool:
    """Whether it came by http, and is not asked by whoever watches over us."""
    return scope.get("scheme") != "https" and scope["path"] not in WATCHED


async def send_there(scope: Scope, send: Send, *, public_url: str) -> None:
    """308 to the same address by https for who reads; 403 for who sends, whose secrets were in the open already."""
    if scope["method"] in _READING:
        query = scope.get("query_string", b"").decode("latin-1")
        path = quote(scope["path"], safe="/~!$&'()*+,;=:@")
        there = f"{public_url}{path}{'?' if query else ''}{query}"
        status, body, more = 308, b"", [(b"location", there.encode("latin-1", "replace"))]
    else:
        status, body, more = 403, _REFUSED, [(b"content-type", b"text/plain; charset=utf-8")]
    headers = [*more, (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
