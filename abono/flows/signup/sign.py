"""Contracting on the site: from what was typed and a card to an active contract (CON-1 to CON-8)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from abono.domain.contracts import actions as contracts
from abono.domain.contracts import queries as contract_queries
from abono.domain.contracts.models import Contract
from abono.domain.contracts.types import Accepted, Draft
from abono.domain.coupons import actions as coupons
from abono.domain.coupons.types import Buyer
from abono.domain.customers import actions as customers
from abono.domain.customers import queries as customer_queries
from abono.domain.customers import rules as customer_rules
from abono.domain.customers.types import NewCustomer
from abono.domain.identity import queries as identity
from abono.domain.identity.errors import WorksForTheSeller
from abono.domain.invoicing.errors import AmountChanged
from abono.domain.payments import actions as payments
from abono.domain.payments import queries as payment_queries
from abono.domain.payments.errors import CardDeclined, MeansNotOffered
from abono.domain.payments.ports.port import CardDetails
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.registry import gateway, serving
from abono.domain.payments.states import State
from abono.domain.payments.types import AttemptInfo
from abono.flows import locks
from abono.flows.billing.offered import offered_to
from abono.flows.collecting.charge import finish, send
from abono.flows.coupons.redeem import redeem_with_order
from abono.flows.paid.first import begin_trial
from abono.flows.requests.ask import begin as begin_pix
from abono.flows.requests.ask import send as send_pix
from abono.flows.signup import terms
from abono.flows.signup.currency import require_currency
from abono.flows.signup.first_invoice import begin_charge, draft_first_invoice
from abono.flows.signup.progress import Progress, Stage, progress
from abono.flows.signup.quote import Quote, combine, had_contract, quote_of
from abono.flows.signup.quote import buyer_of as compact_buyer
from abono.flows.signup.undo import undo
from abono.flows.wallet import verify_card
from abono.kernel.due import Means
from abono.kernel.errors import Refusal
from abono.kernel.ids import uuid7
from abono.kernel.moment import Moment
from abono.kernel.periods import local_date
from abono.platform.idempotency import Ask


@dataclass(frozen=True, slots=True)
class Administrator:
    """The person who contracts, and who becomes the organization's first Administrator."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Signed:
    """Where contracting stands: the contract is active, or pending while the charge is unclear."""

    contract_id: UUID
    customer_id: UUID
    active: bool


def sign_contract(
    *,
    signup_id: UUID,
    customer: NewCustomer,
    administrator: Administrator,
    accepted: str,
    frame_ref: str | None,
    address: str | None,
    buyer_id: UUID | None,
    sandbox: bool,
    moment: Moment,
    actor: str = "",
    ask: Ask | None = None,
) -> Signed:
    """Verify the card, make the contract and charge its first invoice, ask for a Pix, or begin its trial; safe to repeat.

    accepted    `Quote.fingerprint` of what the person saw: if the order is another one now, nothing happens (CHG-1)
    frame_ref   of the gateway's hosted fields in which the card was typed; None: a Pix (PAY-3), as `progress` has it
    address     from which the terms are accepted, for the record
    buyer_id    the person who is signed in: if it is the administrator, they consent by contracting (CON-9)
    actor       who acts; empty: whoever is signed in, else whoever holds the order
    ask         the call with its key, where the door has one: what it led to before is its result (API-2)

    A decline raises CardDeclined with what to check (WAL-6): nothing of the try stays but what was typed, and the next
    call goes on with the same order; so it does after NeverReceived, a charge that never arrived. An unclear answer
    leaves the contract pending (CON-4). Nobody gets an account or a membership before the money is there (CON-9).
    Raises PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, CurrencyOfCountry, InvalidTaxId, UnknownCountry, UnknownTimeZone,
    WorksForTheSeller, NoSuchSignup, AmountChanged, MeansNotOffered, CardDeclined, CardUnclear, NeverReceived, PaymentUnderWay.
    """
    if ask is not None and "hint" in ask.led_to:
        raise CardDeclined(ask.led_to["hint"], ask.led_to["retry"])
    check(customer, administrator)
    draft = contracts.read_signup(signup_id)
    actor = actor or _actor(signup_id, buyer_id)
    stand = _finished(draft, customer, frame_ref=frame_ref, accepted=accepted, actor=actor, moment=moment)
    if not stand.open:
        return _found(stand)
    require_currency(customer.country, draft.currency, at=moment.now)
    offer = _as_seen(draft, customer, accepted, now=moment.now)
    card = _verified(draft, frame_ref, offer, customer.country)
    with ExitStack() as running:
        signed, asked = _prepare(
            draft,
            offer=offer,
            customer=customer,
            administrator=administrator,
            card=card,
            address=address,
            buyer_id=buyer_id,
            sandbox=sandbox,
            actor=actor,
            moment=moment,
            running=running,
            ask=ask,
        )
        if isinstance(asked, RequestInfo):
            send_pix(asked, moment=moment)
        if not isinstance(asked, AttemptInfo):
            return signed
        return _charge(signed, asked, signup_id=signup_id, actor=actor, moment=moment, ask=ask)


def _as_seen(draft: Draft, customer: NewCustomer, accepted: str, *, now: datetime) -> Quote:
    """Raises AmountChanged."""
    offer = quote_of(draft, customer=customer, now=now)
    if offer.fingerprint != accepted:
        raise AmountChanged(offer.first_total.minor, draft.currency)
    return offer


def _verified(draft: Draft, frame_ref: str | None, offer: Quote, country: str) -> CardDetails | None:
    """The card that was typed; None where it is paid by Pix. Raises MeansNotOffered, CardDeclined, CardUnclear."""
    if frame_ref is not None:
        return verify_card(frame_ref=frame_ref, customer_reference=draft.public_id, key=str(draft.id))
    if not takes_pix(offer, country):
        raise MeansNotOffered()
    return None


def takes_pix(offer: Quote, country: str) -> bool:
    """Whether its first money can be paid by Pix: there is some, so that a trial needs a card."""
    return offer.today.minor > 0 and offered_to(country, offer.package.currency, Means.PIX)


def check(customer: NewCustomer, administrator: Administrator) -> None:
    """What an order says of its organization and its administrator can be contracted with. Raises as `sign_contract`."""
    customer_rules.check(customer)
    customer_rules.check_name(administrator.name)
    customer_rules.mail_address(administrator.email)
    known = identity.find_person(administrator.email)
    if known is not None and known.is_staff:
        raise WorksForTheSeller()


def _charge(
    signed: Signed, attempt: AttemptInfo, *, signup_id: UUID, actor: str, moment: Moment, ask: Ask | None
) -> Signed:
    """Ask for the money; of a decline nothing is left but the order."""
    charged = send(attempt, signed.contract_id, actor=actor, moment=moment)
    if charged.state is State.DECLINED:
        undo(signup_id=signup_id, contract_id=signed.contract_id, actor=actor, now=moment.now, ask=ask)
    return replace(signed, active=charged.unless_refused().paid)


def _finished(
    draft: Draft, customer: NewCustomer, *, frame_ref: str | None, accepted: str, actor: str, moment: Moment
) -> Progress:
    """Where the draft stands, once a charge whose process was killed before the answer was asked about (API-2).

    Where the gateway never saw it, the same order with the same card sends it again under its own key.
    """
    stand = progress(draft)
    left = stand.attempt
    if stand.contract is None or left is None or left.state is not State.CREATED:
        return stand
    unsent = finish(left.id, again=False, actor=actor, moment=moment).state is State.CREATED
    if unsent and frame_ref is not None:
        offer = quote_of(draft, customer=customer, now=moment.now)
        same = (offer.fingerprint, offer.first_total) == (accepted, left.amount)
        card = verify_card(frame_ref=frame_ref, customer_reference=draft.public_id, key=str(draft.id))
        if same and card.token == left.token:
            finish(left.id, again=True, actor=actor, moment=moment)
    return progress(draft)


def _actor(signup_id: UUID, buyer_id: UUID | None) -> str:
    """Who acts: whoever is signed in, else whoever holds the order."""
    return f"order:{signup_id}" if buyer_id is None else f"person:{buyer_id}"


def _found(stand: Progress) -> Signed:
    """What a second press of the button finds: the contract, unless its charge was declined."""
    contract = stand.contract
    assert contract is not None
    return Signed(contract.id, contract.customer_id, active=stand.stage is Stage.DONE)


def _prepare(
    draft: Draft,
    *,
    offer: Quote,
    customer: NewCustomer,
    administrator: Administrator,
    card: CardDetails | None,
    address: str | None,
    buyer_id: UUID | None,
    sandbox: bool,
    actor: str,
    moment: Moment,
    running: ExitStack,
    ask: Ask | None,
) -> tuple[Signed, AttemptInfo | RequestInfo | None]:
    """Everything up to the charge, that it will be asked for with it: organization, terms, card, draft invoice, and last
    the contract, and what asks for its money where that is a Pix.

    Of two presses at once the second waits here, and finds the first one's contract: then nothing is asked for.
    """
    now = moment.now
    with ExitStack() as held:
        choice, earlier = (draft.choice, draft.interval), None
        draft = held.enter_context(locks.draft(draft.id))
        if draft.contract_id is not None:
            earlier = held.enter_context(locks.contract(draft.contract_id))  # no attempt begins meanwhile
            stand = progress(draft)
            if not stand.open:
                return _found(stand), None
        if (draft.choice, draft.interval) != choice:
            raise AmountChanged(quote_of(draft, customer=customer, now=now).first_total.minor, draft.currency)
        customer_id = _organization(draft, customer=customer, sandbox=sandbox, actor=actor, now=now)
        contract_id = draft.contract_id or uuid7()
        accepted = _accepted(customer, administrator, address=address, now=now)
        contracts.keep_text(terms_hash=accepted.terms_hash, text=terms.text(customer.language))
        contracts.note_accepted(signup_id=draft.id, accepted=accepted, buyer_id=buyer_id)
        _keep_card(customer_id, card, earlier, actor=actor, now=now)
        if offer.trial is not None:
            _require_trial(contract_id, draft, offer=offer, customer=customer)
        _redeem(draft, contract_id, customer_id, offer=offer, actor=actor, now=now)
        anew = earlier is not None
        invoice = draft_first_invoice(contract_id, customer_id, offer=offer, anew=anew, now=now)
        attempt = None if card is None else begin_charge(invoice, running=running, moment=moment, ask=ask)
        contract = _write_contract(
            draft,
            contract_id,
            earlier,
            offer=offer,
            customer_id=customer_id,
            zone=customer.time_zone,
            actor=actor,
            now=now,
        )
        pending = Signed(contract_id, customer_id, active=False)
        if card is None and invoice is not None:
            return pending, begin_pix(contract, invoice, Means.PIX, actor=actor, moment=moment)
        if attempt is not None:
            return pending, attempt
        begin_trial(contract, actor=actor, now=now)
        return Signed(contract_id, customer_id, active=True), None


def _accepted(
    customer: NewCustomer, administrator: Administrator, *, address: str | None, now: datetime
) -> Accepted:
    return Accepted(
        terms_version=terms.VERSION,
        terms_hash=terms.fingerprint(customer.language),
        language=customer.language,
        person_name=administrator.name,
        person_email=customer_rules.mail_address(administrator.email),
        address=address,
        accepted_at=now,
    )


def _require_trial(contract_id: UUID, draft: Draft, *, offer: Quote, customer: NewCustomer) -> None:
    """Of an organization's orders only one has its trial: others wait here until it is made (INV-10). Raises AmountChanged
    where somebody was faster."""
    buyer = compact_buyer(customer.country, customer.tax_id)
    assert buyer is not None
    locks.first_contract(buyer.country, buyer.tax_id)
    if had_contract(buyer, without=contract_id):
        raise AmountChanged(offer.first_total.minor, draft.currency)


def _organization(draft: Draft, *, customer: NewCustomer, sandbox: bool, actor: str, now: datetime) -> UUID:
    """A new one, or that of an earlier try brought up to date."""
    if draft.contract_id is None:
        return customers.create(new=customer, sandbox=sandbox, actor=actor, now=now)
    customer_id = contract_queries.customer_of(draft.contract_id)
    customers.update(customer_id=customer_id, new=customer, actor=actor, now=now)
    return customer_id


def _write_contract(
    draft: Draft,
    contract_id: UUID,
    earlier: Contract | None,
    *,
    offer: Quote,
    customer_id: UUID,
    zone: str,
    actor: str,
    now: datetime,
) -> Contract:
    """The pending contract: a new one, whose number keeps others waiting until the transaction ends, or the choice
    of an earlier try."""
    if earlier is not None:
        contracts.rechoose(
            earlier,
            plan_id=offer.plan.id,
            package_id=offer.package.id,
            extra_licences=offer.what.extra_licences,
            currency=draft.currency,
            interval=offer.price.interval,
            actor=actor,
            now=now,
        )
        return earlier
    return contracts.sign(
        contract_id=contract_id,
        signup_id=draft.id,
        customer_id=customer_id,
        plan=offer.plan,
        package=offer.package,
        extra_licences=offer.what.extra_licences,
        currency=draft.currency,
        interval=offer.price.interval,
        today=local_date(now, zone),
        actor=actor,
        now=now,
    )


def _redeem(
    draft: Draft, contract_id: UUID, customer_id: UUID, *, offer: Quote, actor: str, now: datetime
) -> None:
    """The order's coupon, or none where an earlier try had one. Raises AmountChanged where somebody was faster with it."""
    if offer.discount is None:
        if draft.contract_id is not None:
            coupons.forget(contract_id)
        return
    organization = customer_queries.get(customer_id)
    buyer, zone = Buyer(organization.country, organization.tax_id), organization.time_zone
    try:
        redeem_with_order(
            offer.discount.code,
            draft.choice,
            buyer=buyer,
            contract_id=contract_id,
            customer_id=customer_id,
            first_cycle=0 if offer.trial is None else 1,
            actor=actor,
            now=now,
        )
    except Refusal as no:
        without = combine(offer.what, buyer=buyer, zone=zone, contract_id=contract_id, now=now)
        raise AmountChanged(without.first_total.minor, draft.currency) from no


def _keep_card(
    customer_id: UUID, card: CardDetails | None, earlier: Contract | None, *, actor: str, now: datetime
) -> None:
    """Those that were declined for the contract neither fill the wallet nor stay at the gateway."""
    if card is not None:
        payments.save_card(
            customer_id=customer_id, gateway=serving(), details=card, use=True, actor=actor, now=now
        )
    if earlier is None:
        return
    whose = earlier.customer_id
    for tried in payment_queries.charged_cards(whose):
        if not tried.in_use:
            name, token = payments.remove_card(customer_id=whose, method_id=tried.id, actor=actor, now=now)
            transaction.on_commit(partial(gateway(name).forget_card, token), robust=True)
