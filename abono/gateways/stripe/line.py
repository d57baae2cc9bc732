"""The line to Stripe: the SDK's calls over our own HTTP, bounded in time and size, and never repeated by a machine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import stripe
import urllib3

API_URL = "https://api.stripe.com"
MAX_REPLY = 8 * 1024 * 1024  # a page of a hundred payments with their charges is far below

Json = dict[str, Any]

stripe.enable_telemetry = False  # how long our calls took, and from which machine, is nobody's business
logging.getLogger("stripe").setLevel(logging.WARNING)  # below that it writes whole answers, names and all


class NeverSent(stripe.APIConnectionError):
    """Nobody took the call: surely nothing was sent."""


class _Answered(Protocol):
    @property
    def last_response(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: status 0 when nothing did, or nothing that could be read.

    unsent   surely nothing was sent
    """

    status: int
    body: Json
    unsent: bool = False

    @property
    def error(self) -> Json:
        """Stripe's own words for why not; empty for a good answer and for one of somebody else, such as a proxy's."""
        error = self.body.get("error")
        return error if isinstance(error, dict) and isinstance(error.get("type"), str) else {}

    @property
    def refused(self) -> bool:
        """Stripe said no, and why: nothing happened by this call, and nothing will."""
        return self.status in {400, 402, 404} and self.error.get("type") in {
            "invalid_request_error",
            "card_error",
        }

    @property
    def missing(self) -> bool:
        return self.status == 404 and self.error.get("code") == "resource_missing"

    @property
    def clashes(self) -> bool:
        """The same key came with other content. While the first call under it is still under way the status is another."""
        return self.status == 400 and self.error.get("type") == "idempotency_error"


def client(
    secret_key: str, *, api_url: str, connect_timeout_s: float, read_timeout_s: float
) -> stripe.StripeClient:
    """The SDK's client; threads may share one."""
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_url.rstrip("/")},
        max_network_retries=0,  # an unclear answer is ours to ask about
        http_client=_Http(connect_timeout_s, read_timeout_s),
    )


def hear(call: Callable[[], _Answered]) -> Heard:
    """Make one call; whatever goes wrong with it is an answer, too."""
    try:
        said = call().last_response.data
    except NeverSent:
        return Heard(0, {}, unsent=True)
    except stripe.StripeError as wrong:
        body = wrong.json_body
        return Heard(wrong.http_status or 0, body if isinstance(body, dict) else {})
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return Heard(0, {})  # what the SDK makes of JSON that is no object of Stripe's
    return Heard(200, said) if isinstance(said, dict) else Heard(0, {})


class _Http(stripe.HTTPClient):
    name = "urllib3"

    def __init__(self, connect_timeout_s: float, read_timeout_s: float) -> None:
        super().__init__()
        timeout = urllib3.Timeout(connect=connect_timeout_s, read=read_timeout_s)
        self._pool = urllib3.PoolManager(retries=False, timeout=timeout, maxsize=16)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        try:
            reply = self._pool.request(
                method.upper(), url, body=post_data, headers=headers, redirect=False, preload_content=False
            )
            with reply:
                text = reply.read(MAX_REPLY + 1)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
            raise NeverSent("nobody takes the call") from None  # type: ignore[no-untyped-call]
        except urllib3.exceptions.HTTPError:
            raise stripe.APIConnectionError("no answer") from None  # type: ignore[no-untyped-call]
        return text.decode(errors="replace"), reply.status, reply.headers

    def close(self) -> None:
        self._pool.clear()
