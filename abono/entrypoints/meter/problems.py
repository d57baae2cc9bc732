"""Errors of a whole request as RFC 9457 problems, in the caller's language (API-3)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from abono.kernel.errors import _


class Problem(Exception):
    """The request as a whole is answered so; nothing was done."""

    def __init__(
        self, status: HTTPStatus, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **facts: object
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.facts = status, code, detail, facts
        self.headers = {"content-type": "application/problem+json", **(headers or {})}

    def body(self, accept_language: str) -> bytes:
        with translation.override(_language(accept_language)):
            detail = gettext(self.detail).format(**self.facts)
        return msgspec.json.encode(
            {
                **self.facts,
                "type": f"/docs/errors#{self.code}",
                "title": self.status.phrase,
                "status": self.status.value,
                "code": self.code,
                "detail": detail,
            }
        )


def no_key() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "no_usable_key",
        _("Send an API key in “Authorization: Bearer …”. It is unknown, was revoked or has expired."),
        headers={"www-authenticate": "Bearer"},
    )


def no_scope(scope: str) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, "scope_missing", _("The API key lacks the scope {scope}."), scope=scope)


def not_found() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "not_found", _("There is nothing at this address."))


def no_contract() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "no_contract", _("There is no such contract."))


def no_cycle() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "no_cycle", _("No cycle of the contract covers this moment."))


def wrong_method(allowed: str) -> Problem:
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method_not_allowed",
        _("This address takes {allowed}."),
        headers={"allow": allowed},
        allowed=allowed,
    )


def too_large(limit_bytes: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body_too_large",
        _("A body has at most {limit_bytes} bytes. Send it in several requests."),
        limit_bytes=limit_bytes,
    )


def not_json(reason: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "not_json", _("The body is not JSON: {reason}"), reason=reason)


def invalid(reason: str) -> Problem:
    """`reason` is msgspec's: what was expected, what came, and where."""
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_body", _("The body is not as it should be: {reason}"), reason=reason
    )


def busy() -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "busy",
        _("Too much is waiting. Nothing was done; send it again."),
        headers={"retry-after": "1"},
    )


def unavailable() -> Problem:
    """It may have been done: the caller repeats with the same ids, and is answered what was."""
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        _("The answer of the database was lost. Send the same again with the same ids: nothing counts twice."),
        headers={"retry-after": "1"},
    )


def broken() -> Problem:
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", _("Something went wrong here, and is recorded."))


def _language(accept_language: str) -> str:
    for code, _quality in parse_accept_lang_header(accept_language.lower()):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return "en"
