"""Why a bank or a payment service refused a slip, a Pix or an order, in words of ours beside its codes (PAY-4).

A refusal is codes and words with blanks between them, as `push.ReturnLine.why` makes it: `03 46 payer_tax_id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from abono.kernel.errors import _

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "account": _("the account or the agreement of the seller is not valid"),
        "amount": _("the amount is not one that it takes"),
        "currency": _("it takes reais alone"),
        "dates": _("a date is not valid"),
        "due_date": _("the due date is not valid"),
        "fine": _("the fine is not valid"),
        "interest": _("the interest is not valid"),
        "issue_date": _("the day of issue is not valid"),
        "kind": _("it does not take this kind of document"),
        "means": _("it does not offer this means of payment to this account"),
        "number": _("the number of the slip is not valid"),
        "number_taken": _("the number of the slip is taken"),
        "order": _("it does not take this order for the carteira of the account"),
        "payer": _("name, tax id or address of the payer are not whole or not valid"),
        "payer_address": _("the address of the payer is missing"),
        "payer_marked": _("the tax id of the payer is marked on suspicion of fraud"),
        "payer_name": _("the name of the payer is missing"),
        "payer_tax_id": _("the tax id of the payer is not valid"),
        "postcode": _("the postcode is not valid"),
        "postcode_unserved": _("the bank collects nothing at this postcode"),
        "receiver_key": _("the Pix key of the seller is not valid"),
        "record": _("a line of the file is not as it reads it"),
        "registered": _("the slip is registered already"),
        "state": _("the state of the address is not valid"),
        "unknown_slip": _("it has no such slip"),
        "wallet": _("the carteira of the account is not valid"),
        "write_off": _("the days until it writes off by itself are not valid"),
    }
)


def told(refusal: str) -> tuple[list[str], str]:
    """The words in a refusal, to be translated, and the supplier's own codes."""
    parts = refusal.split()
    codes = " ".join(part for part in parts if part not in WORDS)
    return [WORDS[part] for part in parts if part in WORDS], codes
