"""Errors as RFC 9457 problems: one form for every door that programs knock at (API-3)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext

from abono.kernel.errors import Kind, Refusal, Sentence, _
from abono.kernel.ids import uuid7

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("abono")
_NO_MORE = {"Connection": "close"}  # what is left of the body is not waited for
RETRY_AFTER_S = "retry_after_s"  # a fact of this name is also sent as the header

STATUS = {
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.PAYMENT_REQUIRED: HTTPStatus.PAYMENT_REQUIRED,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}

TITLES = {
    HTTPStatus.BAD_REQUEST: _("The request cannot be read"),
    HTTPStatus.UNAUTHORIZED: _("No usable API key"),
    HTTPStatus.PAYMENT_REQUIRED: _("A payment is pending"),
    HTTPStatus.FORBIDDEN: _("Not allowed"),
    HTTPStatus.NOT_FOUND: _("Not found"),
    HTTPStatus.METHOD_NOT_ALLOWED: _("Wrong method"),
    HTTPStatus.REQUEST_TIMEOUT: _("Too slow"),
    HTTPStatus.CONFLICT: _("Not possible now"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Too large"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _("Wrong content type"),
    HTTPStatus.UNPROCESSABLE_ENTITY: _("Not valid"),
    HTTPStatus.TOO_MANY_REQUESTS: _("Too many requests"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Our mistake"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("Not available for a moment"),
}


_TITLES_OF = {"bad_signature": _("Not signed as agreed")}  # codes that the title of their status would belie


class Problem(Exception):
    """The request as a whole is answered so. `detail` is a msgid in which `{fact}` names a fact.

    headers   sent along, besides the content type
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        facts: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.facts = status, code, detail, dict(facts or {})
        self.headers = {"Content-Type": MEDIA_TYPE, **(headers or {})}
        if RETRY_AFTER_S in self.facts:
            self.headers["Retry-After"] = str(self.facts[RETRY_AFTER_S])

    def body(self) -> bytes:
        """JSON in the active language. Facts come first: they never stand in for a standard member."""
        title = _TITLES_OF.get(self.code) or TITLES.get(self.status)
        facts = {name: _spoken(fact) for name, fact in self.facts.items()}
        return msgspec.json.encode(
            {
                **facts,
                "type": f"/docs/errors#{self.code}",
                "title": gettext(title) if title else self.status.phrase,
                "status": self.status.value,
                "code": self.code,
                "detail": gettext(self.detail).format(**{name: _said(fact) for name, fact in facts.items()}),
            }
        )


def _spoken(fact: object) -> object:
    return fact.said(gettext) if isinstance(fact, Sentence) else fact


def _said(fact: object) -> object:
    """A fact within a sentence: a moment as the members have it, without parts of a second."""
    if isinstance(fact, datetime):
        return fact.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return fact


def found_in(error: Exception) -> Problem | None:
    """How any door answers what went wrong; None for a mistake of ours, which is `broken`."""
    match error:
        case Problem():
            return error
        case Refusal():
            return refused(error)
        case RequestDataTooBig():
            return too_large()
        case UnreadablePostError():  # the caller hung up
            return not_json()
        case (
            SuspiciousOperation() | BadRequest() | MultiPartParserError()
        ):  # no form, or more than 1,000 names
            return unreadable()
        case Http404():
            return not_found()
        case OperationalError() | InterfaceError():
            _log.warning("the database did not answer: %s", error)
            return unavailable()
    return None


def incident(what: str, *, log: logging.Logger) -> str:
    """Log a mistake of ours that is being handled. Returns the number that whoever ran into it can name."""
    digits = uuid7().hex[-12:].upper()
    number = f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"
    log.error("incident %s: %s", number, what, exc_info=True)
    return number


def answer(error: Exception, what: str, *, log: logging.Logger) -> HttpResponse:
    """What went wrong and is being handled, as a response of Django. A mistake of ours is logged."""
    problem = found_in(error) or broken(incident(what, log=log))
    return response(problem)


def response(problem: Problem) -> HttpResponse:
    return HttpResponse(problem.body(), status=problem.status, headers=problem.headers)


def refused(refusal: Refusal) -> Problem:
    """What a use case said no to."""
    return Problem(STATUS[refusal.kind], refusal.code, refusal.message, facts=refusal.facts)


def no_key() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "no_usable_key",
        _("Send an API key in “Authorization: Bearer …”. It is unknown, was revoked or has expired."),
        headers={"WWW-Authenticate": "Bearer"},
    )


def bad_signature() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "bad_signature",
        _("The signature is missing or was not made with the secret that is set here."),
    )


def no_scope(scope: str) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "scope_missing",
        _("The API key lacks the scope {scope}."),
        facts={"scope": scope},
    )


def seller_only() -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN, "seller_only", _("Only a key of the seller may do this, not one of a customer.")
    )


def not_found() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "not_found", _("There is nothing at this address."))


def wrong_method(allowed: str) -> Problem:
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method_not_allowed",
        _("This address takes {allowed}."),
        facts={"allowed": allowed},
        headers={"Allow": allowed},
    )


def too_large(limit_bytes: int = 0) -> Problem:
    """`limit_bytes` where it is another than that of all."""
    limit_bytes = limit_bytes or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body_too_large",
        _("A body has at most {limit_bytes} bytes. Send it in several requests."),
        facts={"limit_bytes": limit_bytes},
        headers=_NO_MORE,
    )


def too_slow(limit_s: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_TIMEOUT,
        "body_too_slow",
        _("The body did not come within {limit_s} seconds. Nothing was done; send it again."),
        facts={"limit_s": limit_s},
        headers=_NO_MORE,
    )


def busy() -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "busy",
        _("Too much is waiting. Nothing was done; send it again."),
        facts={"retry_after_s": 1},
    )


def wrong_content_type(expected: str) -> Problem:
    return Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        _("Send the body as {expected}."),
        facts={"expected": expected},
    )


def compressed() -> Problem:
    return Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        _("Send the body as it is, without Content-Encoding."),
        headers={"Accept-Encoding": "identity", **_NO_MORE},
    )


def not_json() -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "not_json", _("The body is not JSON."))


def unreadable() -> Problem:
    """What its sender would not find in a document: a form that is none, names without end."""
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "malformed",
        _("The request cannot be read: it has more than {most} parameters, or is no form in UTF-8."),
        facts={"most": most},
    )


def invalid(errors: list[dict[str, str]]) -> Problem:
    """`errors` says for each mistake `where` it is and, in the active language, the `message`."""
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid",
        _("The request is not as it should be; “errors” says where."),
        facts={"errors": errors},
    )


def too_many(retry_after_s: int) -> Problem:
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_requests",
        _("Too many requests. Send the next one in {retry_after_s} seconds."),
        facts={"retry_after_s": retry_after_s},
    )


def unavailable() -> Problem:
    """It may have been done: who repeats with the same ids is answered what was."""
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        _("The database did not answer in time. Send the same again: nothing counts twice."),
        facts={"retry_after_s": 2},
    )


def broken(incident: str) -> Problem:
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        _("Something went wrong here, and is recorded as {incident}."),
        facts={"incident": incident},
    )
