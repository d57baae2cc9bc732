"""The contract on paper: what is agreed and in force, and the terms with the very text that was accepted (CON-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from abono.domain.catalog import price_words
from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name, route_name
from abono.domain.catalog.types import PackageInfo, PlanInfo, PlanPriceInfo
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.states import State
from abono.domain.contracts.types import YEAR, Accepted, ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.customers.rules import printed_tax_id, tax_id_name
from abono.domain.customers.types import Organization
from abono.domain.invoicing import paper
from abono.flows.billing.invoices import buyer_of
from abono.flows.document_lock import as_asked
from abono.kernel.money import Money
from abono.kernel.periods import ended_date, last_date, local_date
from abono.kernel.rating import ceiling, to_micro
from abono.platform import formats

type _Pairs = list[dict[str, str]]


def contract_file(
    contract: ContractInfo, customer: Organization, language: str, *, now: datetime, for_seller: bool = False
) -> tuple[str, bytes]:
    """File name and PDF of a contract that is or was in force: as it stands, an ended one as it stood (SEE-3). It names its
    customer as they are now, and as they were when they accepted the terms beside these.

    customer     whose it is
    now          on the customer's clock; only the session prices are asked for it
    for_seller   open, whatever password the organization's documents have (FIN-6)

    Raises ContractNotRunning for one that never was paid, DocumentPasswordLost.
    """
    if contract.activated_at is None:
        raise ContractNotRunning(contract.number)
    said = written(contract, customer, language, now=now)
    pdf = paper.made("contract", said, at=contract.activated_at)
    safe = as_asked(pdf, customer_id=contract.customer_id, for_seller=for_seller)
    return f"contract-{contract.number}.pdf", safe


def written(
    contract: ContractInfo, customer: Organization, language: str, *, now: datetime
) -> dict[str, object]:
    """Every word and figure of the document."""
    with override(language):
        return _written(contract, customer, language, now)


def _written(
    contract: ContractInfo, customer: Organization, language: str, now: datetime
) -> dict[str, object]:
    ended_at = _ended_at(contract)
    plan, price = catalog.priced_plan(
        plan_id=contract.plan_id, currency=contract.currency, interval=contract.interval
    )
    package = catalog.package(contract.package_id)
    names = catalog.function_labels(language=language)
    return {
        **paper.head(
            heading=_("Contract {number}").format(number=contract.number),
            title=contract.number,
            buyer=buyer_of(customer),
            sandbox=customer.sandbox,
            facts=_facts(contract, customer, ended_at, language),
            language=language,
        ),
        "state": _("In force") if ended_at is None else pgettext("contract", "Ended"),
        "in_force": ended_at is None,
        "monthly": _monthly(contract, price, package, language),
        "agreed": [
            {"title": _("Software plan"), "pairs": _of_plan(contract, plan, price, language)},
            {"title": _("Channel package"), "pairs": _of_package(contract, package, language)},
            {"title": _("Cycle"), "pairs": _of_cycle(contract, customer, language)},
        ],
        "functions": [label for code, label in names.items() if code in plan.function_codes],
        "prices": list(_prices(contract, language, ended_at or now)),
        **_terms(contracts.acceptance(contract.id), customer, language),
        "words": {
            "kind": _("Contract"),
            "whose": _("Customer"),
            "status": _("Status"),
            "page": _("Page"),
            "monthly": _("Every month"),
            "functions": _("Functions of the plan"),
            "prices": _("What one send draws from the package"),
            "send": _("Kind of send"),
            "since": _("Since"),
            "price": _("Session price"),
            "accepted": _("Terms accepted"),
            "terms": _("The terms, as they were accepted"),
        },
    }


def _ended_at(contract: ContractInfo) -> datetime | None:
    """When it ended; None while it has not."""
    if contract.state is not State.ENDED:
        return None
    return contract.ended_at or contracts.moves(contract.id)[0].happened_at


def _facts(
    contract: ContractInfo, customer: Organization, ended_at: datetime | None, language: str
) -> _Pairs:
    def day(moment: datetime) -> str:
        return formats.long_day(local_date(moment, customer.time_zone), language)

    facts = [paper.pair(_("Signed on"), day(contract.signed_at))]
    if contract.adhesion_date is not None:
        facts.append(paper.pair(_("Date of adhesion"), formats.long_day(contract.adhesion_date, language)))
    if contract.trial_until is not None:
        last = formats.long_day(last_date(contract.trial_until, customer.time_zone), language)
        facts.append(paper.pair(_("Last day of the trial"), last))
    if ended_at is not None:
        last = formats.long_day(ended_date(ended_at, customer.time_zone), language)
        facts.append(paper.pair(_("Ended on"), last))
    return facts


def _monthly(contract: ContractInfo, price: PlanPriceInfo | None, package: PackageInfo, language: str) -> str:
    if price is None:
        return _("by contract")
    licences = Money(contract.extra_licences * price.extra_licence_minor, price.currency)
    plan = Money(0, price.currency) if price.interval == YEAR else price.price
    return formats.money(plan + package.value + licences, language)


def _of_plan(contract: ContractInfo, plan: PlanInfo, price: PlanPriceInfo | None, language: str) -> _Pairs:
    def count(number: int | None) -> str:
        return _("by contract") if number is None else formats.number(number, language)

    pairs = [paper.pair(_("Name"), _version(plan.name, plan.version))]
    if price is not None:
        label = _("Price per year") if price.interval == YEAR else _("Price per month")
        pairs.append(paper.pair(label, formats.money(price.price, language)))
        pairs.append(paper.pair(_("Activation, once"), formats.money(price.activation_fee, language)))
    pairs.append(paper.pair(_("InteractionZ included in a month"), count(plan.included_credits)))
    if price is not None:
        extra = formats.micro(price.extra_interaction_micro, price.currency, language)
        pairs.append(paper.pair(_("One more InteractionZ"), extra))
    pairs.append(paper.pair(_("Licences included"), count(plan.included_licences)))
    if contract.extra_licences:
        pairs.append(paper.pair(_("Extra licences"), count(contract.extra_licences)))
    if price is not None:
        pairs.append(
            paper.pair(_("One more licence, per month"), formats.money(price.extra_licence, language))
        )
    return pairs


def _version(name: str, version: int) -> str:
    return _("{name}, version {version}").format(name=name, version=version)


def _of_package(contract: ContractInfo, package: PackageInfo, language: str) -> _Pairs:
    return [
        paper.pair(_("Name"), _version(package_name(package.code, language), package.version)),
        paper.pair(_("Value of a month"), formats.money(package.value, language)),
        paper.pair(_("Use beyond the package"), _beyond(contract, package.value, language)),
    ]


def _beyond(contract: ContractInfo, value: Money, language: str) -> str:
    share = formats.percent(contract.overage_price_percent, language)
    if contract.limit_percent == 0:
        return _("none: sends stop at the value of the package")
    if contract.limit_percent is None:
        return _("without limit, at {share} of the session prices").format(share=share)
    top = ceiling(to_micro(value), contract.limit_percent)
    return _("at {share} of the session prices, until {limit} of package and overage are used").format(
        share=share, limit=formats.micro(top, contract.currency, language)
    )


def _of_cycle(contract: ContractInfo, customer: Organization, language: str) -> _Pairs:
    pairs = [paper.pair(_("Length"), _("a month"))]
    if contract.counted_from is not None:
        first = formats.long_day(contract.counted_from, language)
        pairs.append(paper.pair(_("Counted from"), first))
    pairs.append(paper.pair(_("Time zone of its days"), customer.time_zone.replace("_", " ")))
    return pairs


def _prices(contract: ContractInfo, language: str, at: datetime) -> Iterator[dict[str, str]]:
    """In the order of the catalog, then by country."""
    channels = catalog.channels(language=language)
    order = {(one.code, kind.code): n for n, one in enumerate(channels) for kind in one.kinds}
    found = catalog.session_prices(package_id=contract.package_id, at=at)
    decimals = formats.decimals_of((one.price_micro for one in found), contract.currency)
    for one in sorted(found, key=lambda one: (order.get((one.channel, one.kind), len(order)), one.country)):
        shown = formats.micro(one.price_micro, contract.currency, language, decimals=decimals)
        yield {
            "send": route_name(channels, one.channel, one.kind, one.country, language),
            "terms": price_words.words(one.terms, language),
            "since": formats.day(local_date(one.valid_from, one.terms.zone), language),
            "price": shown if one.price_micro else _("free"),
        }


def _terms(accepted: Accepted | None, customer: Organization, language: str) -> dict[str, object]:
    """Who accepted what, for whom as they were called then, and the text; in the language in which it was accepted."""
    if accepted is None:
        return {"accepted": [], "text": [], "tongue": paper.tongue(language), "missing": ""}
    text = contracts.terms_text(accepted.terms_hash)
    missing = _("The text with this hash is not kept here: ask for it, naming version and hash.")
    return {
        "accepted": [
            paper.pair(_("By"), f"{accepted.person_name}, {accepted.person_email}"),
            paper.pair(_("On behalf of"), _named(customers.as_of(customer, accepted.accepted_at))),
            paper.pair(_("When"), formats.moment(accepted.accepted_at, customer.time_zone, language)),
            paper.pair(_("From the address"), accepted.address or _("not known")),
            paper.pair(
                _("Version of the terms"),
                f"{accepted.terms_version}, {paper.language_name(accepted.language, language)}",
            ),
            paper.pair(_("SHA-256 of their text"), accepted.terms_hash),
        ],
        "text": [] if text is None else [line for line in text.splitlines() if line.strip()],
        "tongue": paper.tongue(accepted.language),
        "missing": missing if text is None else "",
    }


def _named(one: Organization) -> str:
    return f"{one.legal_name}, {tax_id_name(one.country, one.tax_id) or _('Tax id')} {printed_tax_id(one.country, one.tax_id)}"
