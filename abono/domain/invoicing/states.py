"""The states of an invoice (INV-5), its kinds of line, and why it was made."""

from __future__ import annotations

from enum import Enum

from abono.kernel.lifecycle import Lifecycle


class State(Enum):
    DRAFT = "draft"  # no number yet; may still be thrown away
    PENDING = "pending"  # issued: it has a number and never changes
    PAID = "paid"
    CANCELLED = "cancelled"
    WRITTEN_OFF = (
        "write_off"  # given up: nobody is asked for what is left of it; the column takes nine letters
    )
    DISPUTED = "disputed"  # owed or paid, and contested: nothing is asked for or given back while it lasts

    @property
    def word(self) -> str:
        """As the world reads it."""
        return "written_off" if self is State.WRITTEN_OFF else self.value


INVOICE = Lifecycle(
    "invoice",
    {
        State.DRAFT: (State.PENDING, State.CANCELLED),
        State.PENDING: (State.PAID, State.CANCELLED, State.WRITTEN_OFF, State.DISPUTED),
        State.PAID: (State.PENDING, State.DISPUTED),  # a payment was recorded by mistake
        State.WRITTEN_OFF: (State.PENDING, State.PAID),  # asked for again, or it came after all
        State.DISPUTED: (State.PENDING, State.PAID, State.WRITTEN_OFF),
    },
)
NUMBERED = (State.PENDING, State.PAID, State.WRITTEN_OFF, State.DISPUTED)  # issued, and not cancelled


class Status(Enum):
    """How an issued invoice is told of (INV-5): its state, and what became of its money."""

    PENDING = "pending"
    PART_PAID = "part_paid"  # something of it came, and the rest is asked for
    OVERDUE = "overdue"  # pages say this of what is pending or part paid; the API tells it apart
    PAID = "paid"
    CREDITED = "credited"  # credit notes took back all of it
    REFUNDED = "refunded"  # all of it went back to whoever paid it
    WRITTEN_OFF = "written_off"
    DISPUTED = "disputed"
    CANCELLED = "cancelled"

    @property
    def kept_as(self) -> State:
        """The state in which invoices of this status are."""
        return _KEPT_AS.get(self) or next(state for state in State if state.word == self.value)


_KEPT_AS = {
    Status.PART_PAID: State.PENDING,
    Status.OVERDUE: State.PENDING,
    Status.CREDITED: State.PAID,
    Status.REFUNDED: State.PAID,
}


class Reason(Enum):
    FIRST = "first"  # contracting
    RENEWAL = "renewal"  # start of a cycle
    INTERIM = "interim"  # overage so far, at the block (LIM-4)
    CHANGE = "change"  # difference of a change of plan or package (CHG-4, CHG-5)
    ONE_OFF = "one_off"  # what the seller writes by hand (INV-10)


class Outlook(Enum):
    """What becomes of the money of an invoice that is not paid, as things stand."""

    SCHEDULED = "scheduled"  # the card in use is charged by itself, at a known moment
    CONFIRMING = "confirming"  # a charge has no clear answer yet (PAY-7)
    CHECKING = "checking"  # another sum than was asked for was taken: somebody looks at it (PAY-12)
    AGAIN = "again"  # the last charge was declined, and a card is asked again by itself, at a known moment (PAY-8)
    DECLINED = "declined"  # the last charge was declined, and none follows by itself
    STOPPED = "stopped"  # the card in use is not asked by itself any more, for what it said of other invoices
    NOT_RECEIVED = "not_received"  # the last charge never reached the gateway, and none follows by itself
    NO_CARD = "no_card"  # there is no card to charge: it is charged as soon as there is one
    DEBITED = "debited"  # it is charged by Pix under a mandate, on a known day (PAY-11)
    BY_HAND = "by_hand"  # somebody has to pay it

    @property
    def undecided(self) -> bool:
        """Whether a charge may still pay for it, so that nothing else may meanwhile."""
        return self in (Outlook.CONFIRMING, Outlook.CHECKING)

    @property
    def needs_somebody(self) -> bool:
        """Whether it stays unpaid until a person acts, although a charge was to bring the money."""
        return self in (Outlook.DECLINED, Outlook.STOPPED, Outlook.NOT_RECEIVED, Outlook.NO_CARD)


class LineKind(Enum):
    PLAN = "plan"
    PLAN_UNUSED = "plan_unused"  # days of a plan that was left: below zero (CHG-4)
    PLAN_DISCOUNT = "plan_discount"  # what a coupon takes off; above zero where that is taken back (INV-8)
    PACKAGE = "package"
    PACKAGE_DISCOUNT = "package_discount"
    ACTIVATION = "activation"
    PACKAGE_RAISE = "package_raise"
    PACKAGE_BACK = "package_back"  # of a package that is smaller from now on: below zero (CHG-5)
    OVERAGE = "overage"
    EXTRA_INTERACTIONS = "extra_interactions"
    EXTRA_LICENCES = "extra_licences"  # beside those of the plan (LIC-6)
    LICENCES_UNUSED = (
        "licences_unused"  # days of extra licences whose number or price is another now: below zero
    )
    ONE_OFF = "one_off"  # in the seller's own words (INV-10)
    LICENCES_DISCOUNT = "licences_discount"
    TAX = "tax"  # on top of other lines (INV-7)
    ADD_ON = "add_on"  # beside plan and package (CAT-11)
    LICENCE_PEAK = "licence_peak"  # in use beyond those that were owned, at the most (LIC-4)
    LATE_CHARGES = "late_charges"  # fine and interest of another invoice, paid late without them (PAY-5)


class FeePart(Enum):
    """Of which part of what is fixed in a cycle a line is."""

    PLAN = "plan"
    PACKAGE = "package"
    LICENCES = "licences"
    PLAN_DISCOUNT = "plan_discount"
    PACKAGE_DISCOUNT = "package_discount"
    LICENCES_DISCOUNT = "licences_discount"


FEES = {
    LineKind.PLAN: FeePart.PLAN,
    LineKind.PLAN_UNUSED: FeePart.PLAN,
    LineKind.PACKAGE: FeePart.PACKAGE,
    LineKind.PACKAGE_RAISE: FeePart.PACKAGE,
    LineKind.PACKAGE_BACK: FeePart.PACKAGE,
    LineKind.EXTRA_LICENCES: FeePart.LICENCES,
    LineKind.LICENCES_UNUSED: FeePart.LICENCES,
    LineKind.PLAN_DISCOUNT: FeePart.PLAN_DISCOUNT,
    LineKind.PACKAGE_DISCOUNT: FeePart.PACKAGE_DISCOUNT,
    LineKind.LICENCES_DISCOUNT: FeePart.LICENCES_DISCOUNT,
}
"""The lines of what is fixed in a cycle."""
REPAIRS = {
    FeePart.PLAN: (LineKind.PLAN, LineKind.PLAN_UNUSED),
    FeePart.PACKAGE: (LineKind.PACKAGE_RAISE, LineKind.PACKAGE_BACK),
    FeePart.LICENCES: (LineKind.EXTRA_LICENCES, LineKind.LICENCES_UNUSED),
    FeePart.PLAN_DISCOUNT: (LineKind.PLAN_DISCOUNT, LineKind.PLAN_DISCOUNT),
    FeePart.PACKAGE_DISCOUNT: (LineKind.PACKAGE_DISCOUNT, LineKind.PACKAGE_DISCOUNT),
    FeePart.LICENCES_DISCOUNT: (LineKind.LICENCES_DISCOUNT, LineKind.LICENCES_DISCOUNT),
}
"""What a line that puts a part right is, above zero and below."""


class FiscalType(Enum):
    LICENSING = "licensing"
    SVA = "sva"  # value-added service


FISCAL_TYPE = {
    LineKind.PLAN: FiscalType.LICENSING,
    LineKind.PLAN_UNUSED: FiscalType.LICENSING,
    LineKind.PLAN_DISCOUNT: FiscalType.LICENSING,
    LineKind.LICENCES_DISCOUNT: FiscalType.LICENSING,
    LineKind.ACTIVATION: FiscalType.LICENSING,
    LineKind.EXTRA_INTERACTIONS: FiscalType.LICENSING,
    LineKind.EXTRA_LICENCES: FiscalType.LICENSING,
    LineKind.LICENCES_UNUSED: FiscalType.LICENSING,
    LineKind.LICENCE_PEAK: FiscalType.LICENSING,
    LineKind.PACKAGE: FiscalType.SVA,
    LineKind.PACKAGE_RAISE: FiscalType.SVA,
    LineKind.PACKAGE_DISCOUNT: FiscalType.SVA,
    LineKind.PACKAGE_BACK: FiscalType.SVA,
    LineKind.OVERAGE: FiscalType.SVA,
    LineKind.ONE_OFF: FiscalType.SVA,  # unless the line says another
    LineKind.TAX: FiscalType.SVA,  # likewise: that of what it is on
    LineKind.ADD_ON: FiscalType.SVA,
    LineKind.LATE_CHARGES: FiscalType.SVA,  # which no tax of ours is on: it is no price
}
UNTAXED = (LineKind.TAX, LineKind.LATE_CHARGES)
