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


class ContractNotRunning(Refusal):
    code = "contracts.not_running"
    kind = Kind.CONFLICT
    message = _("The contract {number} is not active, so this cannot be done.")
    number: str


class NotAHigherPackage(Refusal):
    code = "contracts.not_a_higher_package"
    kind = Kind.INVALID
    message = _("Choose a package that is bigger than the current one.")


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
