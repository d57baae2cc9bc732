"""What every answer of the fast lane carries: nobody keeps balances and receipts, or takes them for something else."""

from __future__ import annotations

from django.conf import settings

ALWAYS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
if settings.SECURE_HSTS_SECONDS:
    below = "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
    ALWAYS.append((b"strict-transport-security", f"max-age={settings.SECURE_HSTS_SECONDS}{below}".encode()))
