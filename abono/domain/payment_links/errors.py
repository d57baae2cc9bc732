from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoSuchPaymentLink(Refusal):
    code = "payment_links.not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such payment link.")


class TooManyPaymentLinks(Refusal):
    code = "payment_links.too_many"
    kind = Kind.CONFLICT
    message = _("An invoice has up to {limit} payment links at once. Revoke one first.")
    limit: int


class PaymentLinkMadeBefore(Refusal):
    code = "payment_links.made_before"
    kind = Kind.CONFLICT
    message = _("This payment link was made already, and its address is shown once. Make another one.")


class TooManyMailed(Refusal):
    code = "payment_links.too_many_mailed"
    kind = Kind.CONFLICT
    message = _(
        "Up to {limit} payment links a day are mailed for an organization. Make it without an address, and send it yourself."
    )
    limit: int
