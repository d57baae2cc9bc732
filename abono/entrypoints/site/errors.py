"""Pages for requests that end badly: what happened, why, what to do, and a number to refer to.

They are drawn without a request context, so that none of them asks the database; but what is refused to somebody, or
is not there, keeps the menu that they had.
"""

from __future__ import annotations

import logging
import math
import sys
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse

from abono.entrypoints.site.access import ACCESS
from abono.entrypoints.site.back import came_from
from abono.entrypoints.site.shell import languages, shell
from abono.entrypoints.site.visit import look
from abono.platform.running import logs
from abono.platform.web import problems
from abono.platform.web.problems import Problem, incident

KEEP_THE_MENU = (403, 404)  # people go on from there
PLAIN, PUBLIC = "site/frame/base_plain.html", "site/frame/base_public.html"
PROGRAMS = ("/v1/", "/inbound/")  # who asks there reads problems (API-3)
MEMBER, SELLER = "site/frame/base_app.html", "backoffice/base.html"

logger = logging.getLogger("abono.portal")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Who works for the seller is told what else to do than a member: no role opens a page of a customer's. Who is nobody's member,
    or no more, reads that, and can sign out."""
    match, visit = request.resolver_match, getattr(request, "visit", None)
    rule = None if match is None else ACCESS.get(match.view_name)
    works = request.user.is_authenticated and request.user.is_staff
    nobodys = request.user.is_authenticated and visit is None and not works
    token: dict[str, Any] = {"csrf_token": get_token(request)} if nobodys else {}
    return _page(
        request,
        403,
        nobodys=nobodys,
        **token,
        acting=visit is not None and visit.acting is not None,
        of_members=works and rule is not None and bool(rule.members),
    )


def expired_form(request: HttpRequest, reason: str = "", *, kept: str = "") -> HttpResponse:
    """The usual cause is a page that was open since before the last sign-in: it leads back there.

    kept   the page that has what was typed, where that could be kept
    """
    logger.info("form refused at %s: %s", logs.route(request), reason)
    return _page(request, 403, template="403_form", kept=bool(kept), back=kept or came_from(request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 404)


def too_many(request: HttpRequest, *, wait: timedelta) -> HttpResponse:
    """Answer 429 to someone who asks too often; `wait` until the next try is looked at."""
    return _later(request, wait, back=request.get_full_path())


def body_refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    """What was sent was too much, too slow, or came when too much was waiting: 413, 408, 503."""
    response = _page(request, problem.status.value, limit_mb=settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20)
    for name, value in problem.headers.items():
        if name != "Content-Type":
            response[name] = value
    return response


def too_many_cards(request: HttpRequest, *, wait: timedelta, back: str) -> HttpResponse:
    """Answer 429 to someone who tries card after card; `back` leads to where they can go on."""
    return _later(request, wait, template="429_cards", back=back)


def too_many_files(request: HttpRequest, *, wait: timedelta) -> HttpResponse:
    """Answer 429 to someone who takes file after file along."""
    return _later(request, wait, template="429_files", back=request.get_full_path())


def no_such_file(request: HttpRequest, *, back: str) -> HttpResponse:
    """Answer 422 to someone who asks for a file by filters that are not known; `back` leads to the page that says which."""
    return _page(request, 422, template="422_file", back=back)


def _later(request: HttpRequest, wait: timedelta, *, back: str, template: str = "") -> HttpResponse:
    seconds = max(1, math.ceil(wait.total_seconds()))
    facts = {"wait_s": seconds, "wait_minutes": -(-seconds // 60), "back": back}
    response = _page(request, 429, template=template, **facts)
    response["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Something reached the door that nobody expected: the database is away, or it is a bug. Of a bug the log has the
    whole under the number that the person sees."""
    error = sys.exception()
    if isinstance(error, OperationalError | InterfaceError):
        return _away(request, error)
    reference = incident(f"{request.method} {logs.route(request)}", log=logger)
    if request.path.startswith(PROGRAMS):
        return problems.response(problems.broken(reference))
    return _page(request, 500, reference=reference)


def _away(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer 503, in words that need no database; once it is back, so are we."""
    logger.warning("the database did not answer: %s", error)
    problem = problems.unavailable()
    if request.path.startswith(PROGRAMS):
        return problems.response(problem)
    safe = request.method in ("GET", "HEAD")
    again = request.get_full_path() if safe else ""
    response = _page(request, 503, template="503_away", back=again, safe=safe)
    response["Retry-After"] = problem.headers["Retry-After"]
    return response


def sample(request: HttpRequest, status: int) -> HttpResponse:
    """The page of a status with made-up facts, for the style page."""
    if status == 429:
        return too_many(request, wait=timedelta(minutes=5))
    if status == 503:
        return _away(request, OperationalError("a sample"))
    return _page(request, status, reference="01A2-B3C4-D5E6" if status == 500 else "")


def _page(request: HttpRequest, status: int, *, template: str = "", **facts: object) -> HttpResponse:
    """Draw the page. A request for JSON or a fragment gets the same page: it is rare and readable."""
    frame = _frame(request) if status in KEEP_THE_MENU else PLAIN
    context = {
        "status": status,
        "languages": languages(request),
        "frame": frame,
        "seller": frame == SELLER,
        "start": _start(request, frame),
        **facts,
    }
    known = frame in (MEMBER, SELLER)
    drawn = render_to_string(
        f"site/frame/errors/{template or status}.html", context, request if known else None
    )
    return HttpResponse(drawn, status=status)


def _frame(request: HttpRequest) -> str:
    """What stands around the page for whoever asks. Where no view was found nobody has looked who that is."""
    try:
        visit = request.visit if hasattr(request, "visit") else look(request)
        if visit is not None:
            return PUBLIC if visit.guest and visit.acting is None else MEMBER
        return SELLER if request.user.is_authenticated and request.user.is_staff else PUBLIC
    except (AttributeError, DatabaseError):  # refused before anybody could be known, or nobody answers
        return PLAIN


def _start(request: HttpRequest, frame: str) -> str:
    if frame == MEMBER:
        return shell(request).start_url
    return reverse("backoffice:metering") if frame == SELLER else "/"
