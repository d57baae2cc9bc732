"""What to say of a request whose body never came whole: `config.asgi` reads bodies, and had to give up."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from abono.entrypoints.site import errors
from abono.platform.web import problems
from abono.platform.web.problems import Problem

REFUSED = "abono.refused"  # in the scope of a request: the Problem


class Bodies:
    """Middleware: a program is told as a problem (API-3), a person on a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        problem: Problem | None = request.META.get("asgi.scope", {}).get(REFUSED)
        if problem is None:
            return self.get_response(request)
        if request.path.startswith(errors.PROGRAMS):
            return problems.response(problem)
        return errors.body_refused(request, problem)
