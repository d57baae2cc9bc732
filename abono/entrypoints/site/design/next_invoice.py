"""The next invoice before and after an act, line by line, for who decides whether to do it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from abono.domain.invoicing.labels import line_label
from abono.flows.billing.preview import Preview
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Invoice:
    name: str
    lines: tuple[tuple[str, Money], ...]
    total: Money


def compared(preview: Preview) -> list[Invoice]:
    """As it is, and as it would be; a contract that ends has none to come."""
    language = get_language() or "en"
    return [
        Invoice(
            name,
            tuple((line_label(line.kind, line.name, language), line.amount) for line in one.lines),
            one.total,
        )
        for name, one in ((_("As it is"), preview.before), (_("As it would be"), preview.after))
        if one is not None
    ]
