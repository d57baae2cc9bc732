"""The statement of one cycle's package as a document (PKG-3)."""

from __future__ import annotations

from django.http import HttpResponse

from abono.entrypoints.portal.usage.views import chosen_cycle
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.documents.statement import statement_file
from abono.platform.clock import shifted
from abono.platform.web import download


@makes_file
@answered
def pdf(request: Visitor) -> HttpResponse:
    """Of the current cycle, or the one whose first day is `?cycle=`."""
    visit, cycle = request.visit, chosen_cycle(request)
    now = shifted(visit.now_offset_s)
    name, content = statement_file(
        cycle.contract, visit.customer, cycle.balance, visit.language, now=now, channels=cycle.channels
    )
    return download.pdf(content, name)
