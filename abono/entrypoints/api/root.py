"""The REST API: one OpenAPI document, one way in, one form of error (API-1, API-3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, re_path
from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.renderers import JSONRenderer

from abono.entrypoints.api.approvals import approvals
from abono.entrypoints.api.billing_runs import billing_runs
from abono.entrypoints.api.campaigns import campaigns, estimates
from abono.entrypoints.api.catalog import prices
from abono.entrypoints.api.contracts import (
    arrangements,
    as_of,
    cancellation,
    cards,
    change_approvals,
    changes,
    clock_advances,
    contracts,
    cycle_licences,
    cycles,
    interim_invoices,
    invitations,
    kept_licences,
    left_alone,
    mandates,
    members,
    notice_choices,
    organization,
    own_limits,
    payment_means,
    regret,
    restrictions,
    trials,
    years,
)
from abono.entrypoints.api.coupons import coupons
from abono.entrypoints.api.events import events
from abono.entrypoints.api.fiscal import documents as fiscal_documents
from abono.entrypoints.api.fiscal import exports as fiscal_exports
from abono.entrypoints.api.invoices import (
    credit_notes,
    disputes,
    invoices,
    one_off_invoices,
    payment_links,
    payment_requests,
    payments,
    refunds,
    reviews,
    standing,
    withholding,
)
from abono.entrypoints.api.journal import bank_files, bank_statements, journal, payouts, reconciliations
from abono.entrypoints.api.licences import keys as licence_keys
from abono.entrypoints.api.orders import by_pix, orders, terms
from abono.entrypoints.api.price_moves import adjustments, indexes, version_moves
from abono.entrypoints.api.protocol import errors, openapi
from abono.entrypoints.api.protocol.strict import JsonParser
from abono.entrypoints.api.usage import late_events, sends, uncovered

DESCRIPTION = (
    "Amounts of money are integers of the currency's minor unit (`…_minor`); balances and prices of sends are"
    " integer millionths (`…_micro`). Periods are `[start, end)`. Errors are problems of RFC 9457 in the"
    " language of `Accept-Language`: es, pt-BR or en."
)


class JsonRenderer(JSONRenderer):
    """Moments to the microsecond, words of enums as they are stored."""

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return msgspec.json.encode(data)


class Api(NinjaAPI):
    """ninja, with every answer in our form and the document in ours."""

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        """Every address below ours is answered here, also those that lead nowhere."""
        patterns, app, namespace = super().urls
        for pattern in patterns:
            view = cast(URLPattern, pattern)
            view.callback = errors.answered(view.callback, self._parameters)
        return [*patterns, re_path(r"^", errors.nothing_here)], app, namespace

    def _parameters(self, request: HttpRequest) -> Sequence[str] | None:
        """What the query of an address may name; None where nobody looks."""
        assert request.resolver_match is not None
        operation = self._operations.get((request.resolver_match.route, request.method))
        if operation is None or (operation.auth_callbacks and "Authorization" not in request.headers):
            return None  # what stands in the way comes first: the method, the key
        asked = (model for model in operation.models if model.__ninja_param_source__ == "query")
        return [name for model in asked for name in model.__ninja_flatten_map__]

    @cached_property
    def _operations(self) -> dict[tuple[str, str | None], Operation]:
        """By route and method. Not the document: to make it takes a process the better part of a second."""
        return {
            (f"{openapi.PREFIX}{address.pattern}", method): operation
            for router in self._get_bound_routers()
            for address, operation in zip(
                router.urls_paths(router.prefix),
                [one for view in router.path_operations.values() for one in view.operations],
                strict=True,
            )
            for method in operation.methods
        }

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        return errors.answer(request, exc)

    def get_openapi_schema(self, **_where: Any) -> Any:
        return openapi.document(self)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = Api(
    title="Abono",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,  # it would load scripts from elsewhere
    parser=JsonParser(),
    renderer=JsonRenderer(),
)
for router in (
    prices,
    terms,
    licence_keys,
    orders,
    by_pix,
    contracts,
    arrangements,
    as_of,
    cancellation,
    members,
    organization,
    invitations,
    cycles,
    cycle_licences,
    own_limits,
    kept_licences,
    notice_choices,
    sends,
    invoices,
    changes,
    change_approvals,
    regret,
    restrictions,
    left_alone,
    trials,
    cards,
    interim_invoices,
    clock_advances,
    payment_means,
    mandates,
    years,
    payments,
    payment_requests,
    payment_links,
    credit_notes,
    one_off_invoices,
    reviews,
    standing,
    disputes,
    withholding,
    fiscal_documents,
    fiscal_exports,
    refunds,
    coupons,
    billing_runs,
    journal,
    payouts,
    reconciliations,
    bank_files,
    bank_statements,
    campaigns,
    estimates,
    events,
    late_events,
    uncovered,
    version_moves,
    indexes,
    adjustments,
    approvals,
):
    api.add_router("", router.router)
