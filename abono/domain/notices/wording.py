"""From a kind and its facts to sentences in one language (LNG-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext, override

from abono.domain.catalog.labels import package_name
from abono.domain.catalog.refusals import said_later
from abono.domain.identity.labels import profile_label
from abono.domain.identity.types import Profile
from abono.domain.invoicing.labels import line_label, reason_label, sentence
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import Discounted, how
from abono.domain.notices.kind import (
    APPROVAL,
    BANK_FILE,
    CHANGE,
    CHANGE_PLAN,
    CHANGE_TO_DECIDE,
    DECIDE_UNCOVERED,
    FINANCIAL,
    INVOICE,
    LINES,
    ORDER,
    PAYMENT,
    PLANS,
    REPLACE_CARD,
    STANDING,
    USAGE,
    WALLET,
    Case,
    Kind,
)
from abono.domain.notices.kinds import KINDS
from abono.domain.notices.types import Facts, Wording
from abono.kernel.ids import public
from abono.kernel.money import EXPONENT, Money
from abono.kernel.periods import local_date
from abono.kernel.rating import UNLIMITED
from abono.platform import formats

_PACKAGES = ("package", "package_before", "package_after", "package_later")
_OF_ONE = {  # pages of one thing: its kind of id, the fact that names it, and where all are
    INVOICE: ("inv", "invoice_id", FINANCIAL),
    PAYMENT: ("att", "payment_id", FINANCIAL),
    CHANGE: ("chg", "change_id", PLANS),
    CHANGE_TO_DECIDE: ("chg", "change_id", "backoffice:changes"),
    CHANGE_PLAN: ("ctr", "contract_id", PLANS),
    REPLACE_CARD: ("pay", "card_id", WALLET),
    STANDING: ("inv", "invoice_id", "backoffice:invoices"),
    BANK_FILE: ("bfl", "file_id", "backoffice:bank-files"),
    APPROVAL: ("apr", "approval_id", "backoffice:approvals"),
    DECIDE_UNCOVERED: ("ctr", "contract_id", "backoffice:uncovered"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a notice is written: local days are those of the organization's zone."""

    organization: str
    time_zone: str
    language: str


def word(kind_name: str, facts: Facts, reader: Reader) -> Wording:
    """Raises KeyError for an unknown kind or a fact that is missing."""
    kind = KINDS[kind_name]
    case, then = (next((one for one in of if one.when(facts)), None) for of in (kind.cases, kind.then))
    with override(reader.language):
        shown = _shown(facts, reader)

        def say(msgid: str) -> str:
            return gettext(msgid).format_map(shown) if msgid else ""

        return Wording(
            title=say(kind.title),
            body=tuple(
                say(msgid)
                for msgid in (*kind.body, *(case.says if case else ()), *(then.says if then else ()))
            ),
            figure=kind.figure.format_map(shown),
            caption=say(kind.caption),
            rows=tuple(row for label, name in kind.rows for row in _rows(label, name, facts, shown, reader)),
            page=_page(kind, case, facts),
            about=_about(_page(kind, case, facts), facts),
            query=_query(_page(kind, case, facts), facts, reader),
            button=say((case.button if case else "") or kind.button),
            unexpected=say(kind.unexpected),
        )


def _rows(
    label: str, name: str, facts: Facts, shown: Mapping[str, str], reader: Reader
) -> Iterator[tuple[str, str]]:
    if name == LINES:
        yield from (_line(line, str(facts["currency"]), reader.language) for line in _lines(facts))
    elif shown.get(name) and not _of_nothing(name, facts):
        yield gettext(label), shown[name]


def _lines(facts: Facts) -> list[Mapping[str, Any]]:
    found = facts.get(LINES)
    return found if isinstance(found, list) else []


def _line(line: Mapping[str, Any], currency: str, language: str) -> tuple[str, str]:
    """A line of an invoice as the invoice says it: how its amount came about (CHG-10)."""
    amount, kept = Money(line["amount_minor"], currency), how(line["calculation"])
    said = sentence(line["name"], kept, amount, language)
    label, sum_ = line_label(LineKind(line["kind"]), line["name"], language), formats.money(amount, language)
    if isinstance(kept, Discounted):  # its sentence says how much is off: the line is that below zero
        return label, f"{sum_} ({said})"
    return label, said or sum_


def _of_nothing(name: str, facts: Facts) -> bool:
    """The value of sends of which none has a price is not 0: nobody knows it."""
    return name == "total" and facts.get("priced") == 0


def page(kind_name: str, facts: Facts) -> str:
    """The url name of the page where the customer can act."""
    kind = KINDS[kind_name]
    return _page(kind, next((case for case in kind.cases if case.when(facts)), None), facts)


def _page(kind: Kind, case: Case | None, facts: Facts) -> str:
    if "order_id" in facts:
        return ORDER
    found = (case.page if case else "") or kind.page
    _prefix, names, of_all = _OF_ONE.get(found, ("", "", ""))
    return of_all if names and names not in facts else found


def _about(page_name: str, facts: Facts) -> tuple[str, ...]:
    if page_name not in _OF_ONE:
        return ()
    prefix, names, _of_all = _OF_ONE[page_name]
    return (public(prefix, UUID(str(facts[names]))),)


def _query(page_name: str, facts: Facts, reader: Reader) -> str:
    """The usage page of the cycle that a notice is about."""
    if page_name != USAGE or "cycle_start" not in facts:
        return ""
    start = datetime.fromisoformat(str(facts["cycle_start"]))
    return f"?cycle={local_date(start, reader.time_zone).isoformat()}"


def _shown(facts: Facts, reader: Reader) -> dict[str, str]:
    """Each fact as the language writes it; the unit at the end of its name says how."""
    shown = {
        "organization": reader.organization,
        "seller_email": settings.ABONO_SELLER["email"],
    }
    currency = str(facts.get("currency", ""))
    for name, value in facts.items():
        key, _, unit = name.rpartition("_")
        if unit == "minor" and isinstance(value, int):
            shown[key] = formats.minor(value, currency, reader.language)
        elif name.endswith("price_micro") and isinstance(value, int):
            shown[key] = formats.micro(value, currency, reader.language)
        elif unit == "micro":
            shown[key] = _amount(value, currency, reader.language)
        else:
            shown[name] = _other(name, value, reader)
    refusal = facts.get("refusal")
    if isinstance(refusal, dict):
        shown["answer"] = said_later(refusal["code"], refusal["facts"], reader.language)
    totals = facts.get("totals")
    if isinstance(totals, dict):  # of several currencies
        shown["total"] = " + ".join(formats.minor(one, of, reader.language) for of, one in totals.items())
    used, whole = facts.get("used_micro"), facts.get("value_micro")
    if isinstance(used, int) and isinstance(whole, int):
        shown["share"] = formats.share(used, whole, reader.language)
    return shown


def _amount(value: object, currency: str, language: str) -> str:
    if not isinstance(value, int) or value >= UNLIMITED:
        return gettext("unlimited")
    return formats.micro(value, currency, language, decimals=EXPONENT[currency])


def _other(name: str, value: object, reader: Reader) -> str:
    unit = name.rpartition("_")[2]
    if name == "why":
        return reason_label(str(value), reader.language)
    if name == "profile":
        return profile_label(Profile(value), reader.language)
    if name in _PACKAGES:
        return package_name(str(value), reader.language)
    if unit == "date":
        return formats.long_day(date.fromisoformat(str(value)), reader.language)
    if unit == "month":
        return formats.month(date.fromisoformat(str(value)), reader.language)
    if unit == "factor":
        return formats.factor(Decimal(str(value)), reader.language)
    if unit in ("start", "end"):  # of a half-open period: its last day is the one before the end
        moment = datetime.fromisoformat(str(value))
        if unit == "end":
            moment -= timedelta(microseconds=1)
        return formats.long_day(local_date(moment, reader.time_zone), reader.language)
    if type(value) is int:
        return formats.number(value, reader.language)
    return "" if value is None else str(value)
