from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoSuchContract(Refusal):
    code = "no_contract"
    kind = Kind.NOT_FOUND
    message = _("There is no such contract.")


class NoSuchSignup(Refusal):
    code = "contracts.signup_not_found"
    kind = Kind.NOT_FOUND
    message = _("This order is not known here. Start again from the price page.")


class OrderClosed(Refusal):
    code = "contracts.order_closed"
    kind = Kind.CONFLICT
    message = _("This order is paid, or its payment is being confirmed: it cannot be changed any more.")


class TermsChanged(Refusal):
    code = "contracts.terms_changed"
    kind = Kind.CONFLICT
    message = _(
        "The terms changed since they were read. The version in force is {version}: read and accept it."
    )
    version: str


class CurrencyMismatch(Refusal):
    code = "contracts.currency_mismatch"
    kind = Kind.INVALID
    message = _("The plan and the package of a contract have the same currency.")


class CurrencyOfCountry(Refusal):
    """The currency follows the buyer's country (CAT-14)."""

    code = "contracts.currency_of_country"
    kind = Kind.INVALID
    message = _("Organizations of {country} contract in {currency}. Choose a package in {currency}.")
    country: str
    currency: str


class ContractNotRunning(Refusal):
    code = "contracts.not_running"
    kind = Kind.CONFLICT
    message = _("The contract {number} is not active, so this cannot be done.")
    number: str


class ContractRestricted(Refusal):
    code = "contract_restricted"
    kind = Kind.CONFLICT
    message = _("The contract {number} is restricted, so nothing can be sent. Settle what is overdue first.")
    number: str


class NoSuchChange(Refusal):
    code = "contracts.change_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such change of plan.")


class NothingChanges(Refusal):
    code = "contracts.nothing_changes"
    kind = Kind.INVALID
    message = _(
        "That is what the contract has already. Choose another plan, another package or another number of licences."
    )


class ExtraLicencesNotSold(Refusal):
    code = "contracts.extra_licences_not_sold"
    kind = Kind.INVALID
    message = _("No extra licences are sold with software plan {plan}: choose 0 of them, or another plan.")
    plan: str


class TooManyLicences(Refusal):
    code = "contracts.too_many_licences"
    kind = Kind.INVALID
    message = _("A contract has from 0 to {most} extra licences.")
    most: int


class QuoteStale(Refusal):
    """Something that the quote said is not so any more: nothing was done (CHG-1)."""

    code = "contracts.quote_stale"
    kind = Kind.CONFLICT
    message = _(
        "What this costs or changes is not as you saw it any more. Nothing was done: look at it again."
    )
    quote: str  # the public id of the new one
    today_minor: int  # what is charged today by the new one …
    difference_minor: int  # … and how much more that is than by the old one
    currency: str


class ChangeHeld(Refusal):
    code = "contracts.change_held"
    kind = Kind.CONFLICT
    message = _(
        "Another change of this contract waits to be confirmed or approved. Take it back first, or wait."
    )
    change: str


class LinkVoid(Refusal):
    code = "contracts.link_void"
    kind = Kind.CONFLICT
    message = _("This link serves no more. Look at your contract and begin again.")


class ChangeNotWithdrawable(Refusal):
    code = "contracts.change_not_withdrawable"
    kind = Kind.CONFLICT
    message = _("There is nothing of this change to come any more, so it cannot be withdrawn.")


class UndoNothing(Refusal):
    code = "contracts.undo_nothing"
    kind = Kind.CONFLICT
    message = _("There is nothing of this change in force that could be undone.")


class UndoLate(Refusal):
    code = "contracts.undo_late"
    kind = Kind.CONFLICT
    message = _("This change was made too long ago to be undone. You can change the plan again.")


class UndoUsed(Refusal):
    code = "contracts.undo_used"
    kind = Kind.CONFLICT
    message = _(
        "Something of this change was used already, so it cannot be undone. You can change the plan again."
    )


class UndoLaterChange(Refusal):
    code = "contracts.undo_later_change"
    kind = Kind.CONFLICT
    message = _("There was another change after this one: only the newest can be undone.")


class UndoTooOften(Refusal):
    code = "contracts.undo_too_often"
    kind = Kind.CONFLICT
    message = _("In a cycle {most} changes can be undone, and that many were. You can change the plan again.")
    most: int


class RegretLate(Refusal):
    code = "contracts.regret_late"
    kind = Kind.CONFLICT
    message = _(
        "The time in which this contract could be ended with a full refund is over. You can change to a smaller plan or package from the next cycle on, or write to {seller_email}."
    )
    seller_email: str


class ContractEnding(Refusal):
    """Nothing more is arranged of a contract that is cancelled (END-3)."""

    code = "contracts.ending"
    kind = Kind.CONFLICT
    message = _("The contract {number} is cancelled and ends by itself. Take the cancellation back first.")
    number: str


class NotEnding(Refusal):
    code = "contracts.not_ending"
    kind = Kind.CONFLICT
    message = _("The contract {number} is not cancelled, or has ended: there is nothing to take back.")
    number: str


class NotInTrial(Refusal):
    code = "contracts.not_in_trial"
    kind = Kind.CONFLICT
    message = _("Contract {number} is not in a trial.")
    number: str


class TrialDayWrong(Refusal):
    """`first` and `last` are ISO dates."""

    code = "contracts.trial_day_wrong"
    kind = Kind.INVALID
    message = _("The last day of this trial can be any from {first} to {last}.")
    first: str
    last: str


class TrialTied(Refusal):
    code = "contracts.trial_tied"
    kind = Kind.CONFLICT
    message = _(
        "Something of this contract is promised for the day on which its fees begin: a change, or newer versions. Withdraw that first."
    )


class NoSuchArrangement(Refusal):
    code = "contracts.arrangement_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such own price or add-on.")


class AlreadyArranged(Refusal):
    code = "contracts.already_arranged"
    kind = Kind.CONFLICT
    message = _("The contract has a price of its own for that on some of these days. End that one first.")


class ArrangementOver(Refusal):
    code = "contracts.arrangement_over"
    kind = Kind.CONFLICT
    message = _("This own price or add-on ends before that day already.")


class ArrangementWrong(Refusal):
    """`field` says what of it cannot be: name, quantity, price, since, until, last, once, why."""

    code = "contracts.arrangement_wrong"
    kind = Kind.INVALID
    message = _("This cannot be arranged: look at “{field}”.")
    labels = {
        "name": _("Name of the add-on"),
        "quantity": _("Quantity of the add-on"),
        "price": _("Price"),
        "since": _("From"),
        "until": _("Up to"),
        "last": _("Last day"),
        "once": _("Once: on the first invoice from then on only"),
        "why": _("Reason"),
    }
    field: str


class PriceKept(Refusal):
    """A price does not rise within its twelve months, and a rise is told thirty days before (CAT-13)."""

    code = "contracts.price_kept"
    kind = Kind.CONFLICT
    message = _("That makes the contract dearer, which it may be from {day} on.")
    day: str


class NoSuchBatch(Refusal):
    code = "contracts.batch_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such preview.")


class NothingToMove(Refusal):
    code = "contracts.nothing_to_move"
    kind = Kind.CONFLICT
    message = _("No contract in force has an older version than the one on sale.")


class TooManyToMove(Refusal):
    code = "contracts.too_many_to_move"
    kind = Kind.INVALID
    message = _("A batch has at most {most} contracts, and these would be more: name some of them.")
    most: int


class BatchStale(Refusal):
    """Something that the preview showed is not so any more: nothing was done."""

    code = "contracts.batch_stale"
    kind = Kind.CONFLICT
    message = _(
        "Contract {number} has changed since the preview, so nothing was moved. Make a new preview and look at it."
    )
    number: str
