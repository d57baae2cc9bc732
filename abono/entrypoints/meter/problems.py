"""Errors of a whole request that only the fast lane has, and the caller's language for all of them (API-3)."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from django.utils import translation
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header
from msgspec import UNSET

from abono.entrypoints.meter.protocol import health as told
from abono.entrypoints.meter.protocol import mistakes
from abono.entrypoints.meter.protocol.wire import Malformed
from abono.kernel.errors import _
from abono.platform.web import problems
from abono.platform.web.problems import Problem


def no_parameters(query: bytes) -> Problem:
    """The fast lane's addresses take none; `query` is as it came."""
    name = query.decode("latin-1").partition("=")[0]
    problem = problems.invalid([{"where": f"query.{name}"[:80], "message": mistakes.NO_PARAMETERS}])
    problem.detail = _("This address has no parameters.")
    return problem


def no_send() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "no_send", _("There is no send with this id."))


def no_function() -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "no_function",
        _("There is no function with this code. GET /v1/catalog lists those that there are."),
    )


def not_ready(why: list[str], found: told.HealthAnswer | None) -> Problem:
    """`found` is all that there is to know, for who may know it."""
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "not_ready",
        _("This process cannot serve now."),
        facts={**(msgspec.to_builtins(found) if found else {}), "failing": why, "retry_after_s": 2},
    )


def body(problem: Problem, accept_language: str) -> bytes:
    """The problem in the language of an Accept-Language header."""
    with translation.override(_language(accept_language)):
        errors = problem.facts.get("errors")
        if isinstance(errors, list):
            problem.facts["errors"] = [one | {"message": mistakes.told(one["message"])} for one in errors]
        return problem.body()


def in_words(malformed: Malformed, accept_language: str) -> Malformed:
    """The answers to events that cannot be read, in that language."""
    with translation.override(_language(accept_language)):
        for result in malformed.values():
            if result.message is not UNSET:
                result.message = mistakes.told(result.message)
    return malformed


def _language(accept_language: str) -> str:
    for code, _quality in parse_accept_lang_header(accept_language.lower()):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return "en"
