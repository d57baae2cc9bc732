"""What an invoice is for, in the words of customers' pages and of the seller's."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from abono.domain.invoicing.states import Reason
from abono.entrypoints.site.design.words import Text

REASONS: dict[Reason, Text] = {
    Reason.FIRST: _("First invoice"),
    Reason.RENEWAL: _("Monthly invoice"),
    Reason.INTERIM: _("Overage so far"),
    Reason.CHANGE: _("Plan or package changed"),
    Reason.ONE_OFF: _("One-off invoice"),
}
