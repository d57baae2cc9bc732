"""A contract as a document to take along, an ended one too (CON-2, SEE-3)."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from abono.domain.contracts import queries as contracts
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.documents.contract import contract_file
from abono.kernel.ids import parse
from abono.platform.clock import shifted
from abono.platform.web import download


@makes_file
@answered
def pdf(request: Visitor, contract_id: str) -> HttpResponse:
    """In the language of the page."""
    visit, key = request.visit, parse("ctr", contract_id)
    if key is None:
        raise Http404(contract_id)
    contract = contracts.get(key, customer_id=visit.customer_id)
    name, content = contract_file(contract, visit.customer, visit.language, now=shifted(visit.now_offset_s))
    return download.pdf(content, name)
