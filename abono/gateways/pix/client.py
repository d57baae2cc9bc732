"""HTTP to a payment service: mutual TLS, a token by client credentials, bounds of time and size.

What goes wrong outside never raises: it is `Heard` with status 0. Nothing is tried twice but for an old token, which the
service refuses before it does anything.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import urllib3

from abono.gateways.pix.options import Options
from abono.kernel import trace

Json = dict[str, Any]
MAX_REPLY = 256 * 1024
WHOLE_S = 10  # seconds from when the first byte of an answer came until its last must be there
SPARE_S = 30  # a token is not used in the last seconds of its life

_TOKEN = re.compile(r"[!-~]{1,8000}")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: status 0 when nothing did, or nothing whole. `at` is the moment by the service's own clock."""

    status: int
    body: Json
    at: datetime | None = None


NOTHING = Heard(0, {})


class Client:
    """One account at one payment service. Threads may share one."""

    def __init__(self, options: Options) -> None:
        self._base_url, self._token_url = options.base_url.rstrip("/"), options.token_url
        self._basic = urllib3.make_headers(basic_auth=f"{options.client_id}:{options.client_secret}")
        self._scopes = options.scopes
        self._token = ("", 0.0)  # and until when it is used
        # No retries anywhere: a repeated request could be a second charge at a worse service.
        self._http = urllib3.PoolManager(
            retries=False,
            timeout=urllib3.Timeout(connect=options.connect_timeout_s, read=options.read_timeout_s),
            ssl_context=options.tls(),
        )

    def call(self, method: str, path: str, body: Json | None = None) -> Heard:
        """One question. `path` comes after the base address, without a slash."""
        token = self._fresh_token()
        heard = self._ask(method, path, body, token)
        if token and heard.status == 401:  # revoked before its time: nothing was done
            self._token = ("", 0.0)
            heard = self._ask(method, path, body, self._fresh_token())
        return heard

    def _ask(self, method: str, path: str, body: Json | None, token: str) -> Heard:
        if not token:
            return NOTHING
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json", **trace.onward()}
        text = None if body is None else json.dumps(body)
        return self._send(method, f"{self._base_url}/{path}", text, headers)

    def _fresh_token(self) -> str:
        """Empty when the service gives none. Several threads may ask for one at once, which harms nobody."""
        token, until = self._token
        if monotonic() < until:
            return token
        headers = {"content-type": "application/x-www-form-urlencoded", **self._basic}
        wanted = urlencode({"grant_type": "client_credentials", "scope": self._scopes})
        heard = self._send("POST", self._token_url, wanted, headers)
        given, lasts_s = heard.body.get("access_token"), heard.body.get("expires_in")
        if heard.status != 200 or not isinstance(given, str) or not _TOKEN.fullmatch(given):
            return ""
        self._token = (given, monotonic() + max(lasts_s - SPARE_S if type(lasts_s) is int else 0, 0))
        return given

    def _send(self, method: str, url: str, text: str | None, headers: dict[str, str]) -> Heard:
        try:
            reply = self._http.request(
                method, url, body=text, headers=headers, redirect=False, preload_content=False
            )
            with reply:
                said = _whole(reply)
        except urllib3.exceptions.HTTPError:
            return NOTHING
        return (
            NOTHING
            if said is None
            else Heard(reply.status, _object(said), _moment(reply.headers.get("date")))
        )


def _whole(reply: urllib3.BaseHTTPResponse) -> bytes | None:
    """All that was said; None when it is too much, or drips for longer than anybody waits."""
    said, until = b"", monotonic() + WHOLE_S
    while piece := reply.read1(MAX_REPLY + 1):
        said += piece
        if len(said) > MAX_REPLY or monotonic() > until:
            return None
    return said


def _object(text: bytes) -> Json:
    try:
        said = json.loads(text.decode())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _moment(date: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return at if at.tzinfo else None
