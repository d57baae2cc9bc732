from __future__ import annotations

from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, _


@dataclass(eq=False)
class NoSuchContract(Refusal):
    code = "no_contract"
    kind = Kind.NOT_FOUND
    message = _("There is no such contract.")


@dataclass(eq=False)
class NoSuchSignup(Refusal):
    code = "contracts.signup_not_found"
    kind = Kind.NOT_FOUND
    message = _("This order is not known here. Start again from the price page.")


@dataclass(eq=False)
class CurrencyMismatch(Refusal):
    code = "contracts.currency_mismatch"
    kind = Kind.INVALID
    message = _("The plan and the package of a contract have the same currency.")


@dataclass(eq=False)
class ContractNotRunning(Refusal):
    code = "contracts.not_running"
    kind = Kind.CONFLICT
    message = _("The contract {number} is not active, so this cannot be done.")
    number: str


@dataclass(eq=False)
class NotAHigherPackage(Refusal):
    code = "contracts.not_a_higher_package"
    kind = Kind.INVALID
    message = _("Choose a package that is bigger than the current one.")
