from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class SecondPersonNeeded(Refusal):
    code = "approvals.second_person_needed"
    kind = Kind.CONFLICT
    message = _("This is so much that a second person has to agree. Nothing was done: ask for it.")


class AskedOtherwise(Refusal):
    code = "approvals.asked_otherwise"
    kind = Kind.CONFLICT
    message = _("What it is for has changed since it was asked for, so nothing was done. Ask for it anew.")


class NoSuchApproval(Refusal):
    code = "approvals.not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such request for a second person.")


class AlreadyDecided(Refusal):
    code = "approvals.already_decided"
    kind = Kind.CONFLICT
    message = _("It was decided, withdrawn or ran out before. Nothing was done again.")


class OwnRequest(Refusal):
    code = "approvals.own_request"
    kind = Kind.FORBIDDEN
    message = _("You asked for this yourself: somebody else decides it.")


class MayNotDecide(Refusal):
    code = "approvals.may_not_decide"
    kind = Kind.FORBIDDEN
    message = _("None of your roles lets you be the second person for this.")


class NotYours(Refusal):
    code = "approvals.not_yours"
    kind = Kind.FORBIDDEN
    message = _("Only whoever asked for it can withdraw it.")


class SayWhy(Refusal):
    code = "approvals.say_why"
    kind = Kind.INVALID
    message = _("Say why you refuse: whoever asked reads it.")
