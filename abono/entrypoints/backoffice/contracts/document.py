"""A contract of any customer as a document (CON-2)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.utils.translation import get_language

from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.documents.contract import contract_file
from abono.kernel.ids import parse
from abono.platform import clock
from abono.platform.web import download


@makes_file
@answered
def pdf(request: SellersVisitor, contract_id: str) -> HttpResponse:
    """In the language of the page."""
    key = parse("ctr", contract_id)
    if key is None:
        raise Http404(contract_id)
    contract = contracts.get(key)
    customer = customers.get(contract.customer_id)
    now = customer.moment(clock.now()).now
    name, content = contract_file(contract, customer, get_language() or "en", now=now, for_seller=True)
    return download.pdf(content, name)
