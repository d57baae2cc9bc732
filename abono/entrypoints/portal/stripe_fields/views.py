"""Stripe's card fields in a frame of our pages: number and CVV go from Stripe's own script to Stripe alone (WAL-2)."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

# Where Stripe's script opens the page of a bank.
BANKS = "https://hooks.stripe.com"


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The fields. What opens them stands behind the `#` of the address and never comes here; only pages of ours show them."""
    fields = settings.STRIPE_FIELDS
    if fields is None:
        raise Http404
    answer = render(request, "portal/stripe_fields/page.html", fields)
    answer.headers["Content-Security-Policy"] = policy(fields["script_url"], fields["api_url"])
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def policy(script_url: str, api_url: str) -> str:
    """What this one page may load, and from where: our own files and Stripe's."""
    scripts, api = _origin(script_url), _origin(api_url)
    if scripts.startswith("https://"):
        scripts += f" {scripts.replace('://', '://*.')}"  # it serves its frames from names below its own, too
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self'; font-src 'self'; img-src 'self' data:;"
        f" connect-src {api}; frame-src {scripts} {BANKS}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
