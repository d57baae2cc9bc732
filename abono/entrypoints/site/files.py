"""Views that make a document or a table to take along: so many a minute of one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from abono.entrypoints.site import errors
from abono.platform import clock
from abono.platform.web import download


def makes_file(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Whoever asks for files faster than `download.FILES_PER_MINUTE` waits; who paid and is nobody's member yet is
    counted with the organization."""

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: object, **named: object) -> HttpResponseBase:
        who = request.user.pk or request.visit.customer_id  # type: ignore[attr-defined]
        if wait_s := download.wait_s(who, now=clock.now()):
            return errors.too_many_files(request, wait=timedelta(seconds=wait_s))
        return view(request, *args, **named)

    return answer
