"""The REST API: one OpenAPI document, one way in, one form of error (API-1, API-3)."""

from __future__ import annotations

from ninja import NinjaAPI

api = NinjaAPI(title="Abono", version="1", urls_namespace="api")
