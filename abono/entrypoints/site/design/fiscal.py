"""The files of a fiscal document, for whoever may see its invoice."""

from __future__ import annotations

import re

from django.http import Http404, HttpResponse

from abono.domain.fiscal import queries
from abono.domain.fiscal.states import Part
from abono.domain.invoicing.types import InvoiceDetail
from abono.platform.web.download import as_file

TYPES = {Part.XML: "application/xml", Part.PDF: "application/pdf"}


def file_of(invoice: InvoiceDetail, part: str) -> HttpResponse:
    """Byte for byte as it came, to be saved and not shown. Raises Http404, NoSuchFiscalDocument."""
    if part not in {one.value for one in Part}:
        raise Http404(part)
    document, content = queries.content(invoice.id, Part(part))
    number = re.sub(r"[^0-9A-Za-z-]", "", document.number) or "document"
    return as_file(HttpResponse(content, content_type=TYPES[Part(part)]), f"{invoice.title}-{number}.{part}")
