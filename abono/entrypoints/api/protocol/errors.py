"""Whatever goes wrong becomes a problem, in the caller's language; nothing else leaks (API-3)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from abono.entrypoints.api.protocol.strict import unknown_parameters
from abono.kernel.errors import _
from abono.platform import problems
from abono.platform.problems import Problem

_log = logging.getLogger("abono.api")

# What pydantic finds wrong, by its name for it; {…} are its facts.
_MESSAGES = {
    "missing": _("This is missing."),
    "extra_forbidden": _("There is no such field."),
    "string_type": _("Write a text."),
    "string_unicode": _("Write a text."),
    "string_too_long": _("Write at most {max_length} characters."),
    "string_too_short": _("Write at least {min_length} characters."),
    "too_long": _("Write at most {max_length} of these."),
    "too_short": _("Write at least {min_length} of these."),
    "string_pattern_mismatch": _("This is not of the right form: {pattern}"),
    "int_type": _("Write a whole number."),
    "int_parsing": _("Write a whole number."),
    "int_parsing_size": _("Write a whole number."),
    "int_from_float": _("Write a whole number."),
    "greater_than_equal": _("Write {ge} or more."),
    "less_than_equal": _("Write {le} or less."),
    "channel_twice": _("Name each channel once."),
    "kind_twice": _("Name each kind once."),
    "literal_error": _("Write one of these: {expected}"),
    "enum": _("Write one of these: {expected}"),
    "offset": _("No place is more than 15:59 hours away from UTC."),
    "timezone_aware": _("Write a moment with its time zone, as in 2026-06-01T00:00:00Z."),
    "datetime_parsing": _("Write a moment with its time zone, as in 2026-06-01T00:00:00Z."),
    "datetime_from_date_parsing": _("Write a moment with its time zone, as in 2026-06-01T00:00:00Z."),
    "date_from_datetime_parsing": _("Write a day, as in 2026-06-01."),
    "date_parsing": _("Write a day, as in 2026-06-01."),
    "model_attributes_type": _("Write an object."),
    "model_type": _("Write an object."),
    "dict_type": _("Write an object."),
}
_OTHERWISE = _("This value is not possible.")


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """What went wrong, as the caller is told of it. A bug is logged under the number that they see."""
    return problems.answer(_said(error), f"{request.method} {request.path}", log=_log)


def _said(error: Exception) -> Exception:
    """What ninja says in words of its own."""
    match error:
        case ValidationError():
            return problems.invalid([_mistake(mistake) for mistake in error.errors])
        case AuthenticationError():
            return problems.no_key()
        case Throttled():
            return problems.too_many(error.wait or 1)
        case HttpError() if error.status_code == HTTPStatus.BAD_REQUEST:  # ninja could not parse the body
            return error.__cause__ if isinstance(error.__cause__, Problem) else problems.not_json()
    return error


def _mistake(found: dict[str, Any]) -> dict[str, str]:
    """One mistake of ninja's list. Where: `query.limit`, `body.package`."""
    where = [str(part) for part in found["loc"]]
    if where[0] == "body" and len(where) > 1:
        del where[1]  # the name of our own parameter
    facts = dict(found.get("ctx", {}))
    if "expected" in facts:
        facts["expected"] = facts["expected"].replace("' or '", "', '")  # pydantic's English
    message = gettext(_MESSAGES.get(found["type"], _OTHERWISE)).format(**facts)
    return {"where": ".".join(where), "message": message}


type Parameters = Callable[[HttpRequest], Sequence[str] | None]


def answered(view: Callable[..., HttpResponse], parameters: Parameters) -> Callable[..., HttpResponse]:
    """Let a view of ninja answer in our form also where it answers by itself: the wrong method.

    HEAD is answered as GET; the server leaves the body away.
    parameters   what the query of a request may name; None where nobody looks
    """

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method, request.method = request.method, "GET" if request.method == "HEAD" else request.method
        try:
            known = parameters(request)
            if known is not None and (wrong := unknown_parameters(request, known)):
                return problems.response(wrong)
            found = view(request, *args, **kwargs)
        except Exception as error:
            return answer(request, error)
        finally:
            request.method = method
        if isinstance(found, HttpResponseNotAllowed):
            found = problems.response(problems.wrong_method(_allowed(found)))
        found.headers.setdefault("Cache-Control", "no-store")
        return found

    return csrf_exempt(run)  # a program: its key takes the token's place


def _allowed(refused: HttpResponse) -> str:
    methods = set(refused.headers["Allow"].split(", "))
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


@csrf_exempt
def nothing_here(request: HttpRequest, **_rest: str) -> HttpResponse:
    """Every other address below ours."""
    return problems.response(problems.not_found())
