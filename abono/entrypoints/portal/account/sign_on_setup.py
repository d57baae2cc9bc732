"""The single sign-on of the organization that is looked at, for its administrators."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from abono.entrypoints.site.access import Visitor
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.sign_on import setup

_NAME = "portal:sign-on"


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Visitor) -> HttpResponse:
    return setup.page(request, request.visit.customer_id, name=_NAME, frame="site/frame/page.html")


@posted(_NAME)
def end(request: Visitor) -> HttpResponse:
    return setup.end(request, request.visit.customer_id, name=_NAME)
