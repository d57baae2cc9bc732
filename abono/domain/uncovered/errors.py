from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NothingToDecide(Refusal):
    """No open uncovered send is like this, or none of them has a price."""

    code = "uncovered.nothing_to_decide"
    kind = Kind.CONFLICT
    message = _("None of these sends can be decided so: they are decided already, or have no price.")


class NeverBilled(Refusal):
    code = "uncovered.never_billed"
    kind = Kind.CONFLICT
    message = _("Sends that nothing covers are never billed here: the setting says so.")


class NoSuchDecision(Refusal):
    code = "uncovered.no_decision"
    kind = Kind.NOT_FOUND
    message = _("There is no such decision.")


class NotContestable(Refusal):
    code = "uncovered.not_contestable"
    kind = Kind.CONFLICT
    message = _("This cannot be contested: it is not billed, or it is on an invoice already.")
