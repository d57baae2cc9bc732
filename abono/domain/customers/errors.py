from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, Sentence, _


class NoSuchCustomer(Refusal):
    code = "customers.not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such organization.")


class InvalidTaxId(Refusal):
    code = "customers.invalid_tax_id"
    kind = Kind.INVALID
    message = _("{tax_id} is not a valid {name}. Check the digits.")
    tax_id: str
    name: str


class GenericTaxId(Refusal):
    code = "customers.generic_tax_id"
    kind = Kind.INVALID
    message = _(
        "{tax_id} is the generic number for buyers without one of their own. A contract needs your organization’s own."
    )
    tax_id: str


class TaxIdKept(Refusal):
    code = "customers.tax_id_kept"
    kind = Kind.CONFLICT
    message = _(
        "{tax_id} is the number of another organization than {kept}. Write to us: we change it for you."
    )
    tax_id: str
    kept: str


class ChangedMeanwhile(Refusal):
    code = "customers.changed_meanwhile"
    kind = Kind.CONFLICT
    message = _(
        "Somebody else changed the data meanwhile, and nothing was saved. What holds now stands beside what you typed: save again if yours is right."
    )


class UnreadableName(Refusal):
    code = "customers.unreadable_name"
    kind = Kind.INVALID
    message = _("A name is one line of letters that can all be seen. Type it again.")


class WrongAddress(Refusal):
    code = "customers.wrong_address"
    kind = Kind.INVALID
    message = _("The postal address is not whole. {field}: {problem}")
    labels = {
        "street": _("Street"),
        "number": _("Number"),
        "complement": _("Complement"),
        "district": _("District"),
        "city": _("City"),
        "region": _("Region"),
        "postal_code": _("Postal code"),
    }
    field: str  # as the address names it
    problem: Sentence


class UnmailableAddress(Refusal):
    code = "customers.unmailable_address"
    kind = Kind.INVALID
    message = _("No e-mail can reach {address}. Type an address like name@company.com.")
    address: str


class UnknownTimeZone(Refusal):
    code = "customers.unknown_time_zone"
    kind = Kind.INVALID
    message = _("{time_zone} is not a time zone. Write one like America/Bogota.")
    time_zone: str


class UnknownCountry(Refusal):
    code = "customers.unknown_country"
    kind = Kind.INVALID
    message = _("{country} is not a country that we sell to.")
    country: str


class NotASandbox(Refusal):
    code = "customers.not_a_sandbox"
    kind = Kind.CONFLICT
    message = _("Only a sandbox organization has a clock that can be moved.")


class ClockOnlyForward(Refusal):
    code = "customers.clock_only_forward"
    kind = Kind.INVALID
    message = _("The clock only goes forward: choose a moment after the one that it shows.")


class ClockTooFar(Refusal):
    code = "customers.clock_too_far"
    kind = Kind.INVALID
    message = _(
        "The clock goes at most two years at a time. Choose an earlier moment, then go on from there."
    )
    farthest: str  # moment, ISO 8601


class LeftAloneNotSoon(Refusal):
    code = "customers.left_alone_not_soon"
    kind = Kind.INVALID
    message = _("Choose a day after today, at most {most} days from now.")
    most: int


class ClockUnderWay(Refusal):
    code = "customers.clock_under_way"
    kind = Kind.CONFLICT
    message = _(
        "The clock is under way, and goes to one moment at a time. Ask for that moment again until it is there."
    )
    to: str  # moment, ISO 8601
