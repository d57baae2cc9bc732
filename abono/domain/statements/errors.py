from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, Sentence, _


class NoSuchStatement(Refusal):
    code = "statements.not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such bank statement.")


class NoSuchMovement(Refusal):
    code = "statements.movement_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such movement of a bank statement.")


class MovementDecided(Refusal):
    code = "statements.movement_decided"
    kind = Kind.CONFLICT
    message = _("Somebody said already what this movement is. Nothing was changed.")


class MovementOpen(Refusal):
    code = "statements.movement_open"
    kind = Kind.CONFLICT
    message = _(
        "This movement is not left out. What it paid is taken back with the payment, on the page of the invoice."
    )


class NothingCame(Refusal):
    code = "statements.nothing_came"
    kind = Kind.CONFLICT
    message = _("By this movement no money came: there is nothing to say of it.")


class OtherCurrency(Refusal):
    code = "statements.other_currency"
    kind = Kind.CONFLICT
    message = _("This money came in {came}, and the invoice is in {asked}. It cannot pay it as it is.")
    came: str
    asked: str


class OfSandbox(Refusal):
    code = "statements.of_sandbox"
    kind = Kind.CONFLICT
    message = _("This invoice is of a sandbox: no money of a bank pays it.")


class AskedForAnother(Refusal):
    code = "statements.asked_for_another"
    kind = Kind.CONFLICT
    message = _(
        "A second person is asked already whether this money pays another invoice. Withdraw that first."
    )


BAD_STATEMENTS = {  # by the word of `ofx.BadStatement`, and `future`
    "empty": _("It is empty."),
    "layout": _("It is no statement in OFX."),
    "cut": _("Something of it is missing."),
    "card": _("It is of a card or of investments, not of a bank account."),
    "currency": _("Its currency is none that is sold in here."),
    "amount": _("An amount cannot be read without doubt."),
    "day": _("A day cannot be read."),
    "future": _("A day is still to come: take the statement when it is over."),
    "long": _("It has too many movements: ask the bank for fewer days at a time."),
}


class BadBankStatement(Refusal):
    """`reason` is a word of BAD_STATEMENTS."""

    code = "statements.bad"
    kind = Kind.INVALID
    message = _("Nothing of this statement was taken. {why} Line {line}: {found}.")
    reason: str
    why: Sentence
    line: int
    found: str

    @classmethod
    def because(cls, reason: str, line: int, found: str) -> BadBankStatement:
        return cls(reason, Sentence(BAD_STATEMENTS[reason], {}), line, found or "?")
