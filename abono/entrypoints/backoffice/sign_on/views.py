"""The single sign-on of the seller's people; each of them still has a second factor of their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.sign_on import setup

_NAME = "backoffice:sign-on"


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    return setup.page(request, None, name=_NAME, frame="backoffice/base.html")


@posted(_NAME)
def end(request: HttpRequest) -> HttpResponse:
    return setup.end(request, None, name=_NAME)
