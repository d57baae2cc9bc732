"""What every answer of the fast lane carries: nobody takes it for something else, and nobody keeps balances and receipts."""

from __future__ import annotations

from django.conf import settings

SAFE = [(b"x-content-type-options", b"nosniff")]
if settings.SECURE_HSTS_SECONDS:
    below = "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
    SAFE.append((b"strict-transport-security", f"max-age={settings.SECURE_HSTS_SECONDS}{below}".encode()))
ALWAYS = [(b"cache-control", b"no-store"), *SAFE]
