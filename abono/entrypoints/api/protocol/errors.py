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

from abono.entrypoints.api.protocol.fields import EXAMPLES
from abono.entrypoints.api.protocol.strict import unknown_parameters
from abono.entrypoints.words import mistakes
from abono.kernel.errors import _
from abono.platform.running import logs
from abono.platform.web import problems
from abono.platform.web.problems import Problem

_log = logging.getLogger("abono.api")

_MESSAGES = {  # what pydantic finds wrong, by its name for it; {…} are its facts
    "missing": mistakes.MISSING,
    "extra_forbidden": mistakes.NO_FIELD,
    "string_type": mistakes.TEXT,
    "string_unicode": mistakes.TEXT,
    "string_too_long": mistakes.TOO_LONG,
    "string_too_short": mistakes.TOO_SHORT,
    "too_long": mistakes.TOO_MANY,
    "too_short": mistakes.TOO_FEW,
    "string_pattern_mismatch": mistakes.FORM,
    "int_type": mistakes.WHOLE,
    "int_parsing": mistakes.WHOLE,
    "int_parsing_size": mistakes.WHOLE,
    "int_from_float": mistakes.WHOLE,
    "greater_than_equal": mistakes.AT_LEAST,
    "less_than_equal": mistakes.AT_MOST,
    "bool_type": mistakes.YES_OR_NO,
    "bool_parsing": mistakes.YES_OR_NO,
    "channel_twice": _("Name each channel once."),
    "group_twice": _("Name each group once."),
    "kind_twice": _("Name each kind once."),
    "literal_error": mistakes.ONE_OF,
    "enum": mistakes.ONE_OF,
    "unseen": mistakes.SEEN,
    "offset": mistakes.OFFSET,
    "before": mistakes.BEFORE,
    "timezone_aware": mistakes.MOMENT,
    "datetime_parsing": mistakes.MOMENT,
    "datetime_from_date_parsing": mistakes.MOMENT,
    "date_from_datetime_parsing": mistakes.DAY,
    "date_parsing": mistakes.DAY,
    "model_attributes_type": mistakes.OBJECT,
    "model_type": mistakes.OBJECT,
    "dict_type": mistakes.OBJECT,
    "list_type": mistakes.LIST,
    "ip_any_address": mistakes.ADDRESS,
}


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """What went wrong, as the caller is told of it. A bug is logged under the number that they see."""
    return problems.answer(_said(error), f"{request.method} {logs.route(request)}", log=_log)


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
    sentence = _MESSAGES.get(found["type"], mistakes.OTHERWISE)
    if sentence is mistakes.FORM and facts["pattern"] in EXAMPLES:
        sentence, facts["example"] = mistakes.LIKE, EXAMPLES[facts["pattern"]]
    message = gettext(sentence).format(**facts)
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
