"""Why a supplier refused a slip, a Pix or an order, as a sentence for people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from abono.domain.payments.pushed.refusals import told


def refused(refusal: str) -> str:
    """With its own codes behind; where nothing is known of them, whom to ask."""
    words, codes = told(refusal)
    if not words:
        return _("The bank said {codes}: ask your bank what it means.").format(codes=codes or "–")
    said = ", ".join(_(word) for word in words)
    return f"{said} ({codes})" if codes else said
