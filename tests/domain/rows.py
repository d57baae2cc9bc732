"""At least one row in every table that has rules: a small life, and what no life of a moment leaves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import F

from abono.domain.adjustments import actions as adjustments
from abono.domain.adjustments.states import Months
from abono.domain.adjustments.types import NewLine as AdjustedLine
from abono.domain.billing_runs import actions as billing_runs
from abono.domain.contracts.states import Arranged
from abono.domain.coupons import actions as coupons
from abono.domain.coupons.types import NewCoupon
from abono.domain.customers.models import Advance
from abono.domain.identity import actions as identity
from abono.domain.identity import document_locks, sign_on, signing
from abono.domain.identity.document_locks import Way
from abono.domain.identity.types import Profile
from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent
from abono.domain.licences import actions as licences
from abono.domain.licences.types import Why
from abono.domain.notices.models import Muted
from abono.domain.payments.models import (
    Attempt,
    GatewayEvent,
    Mandate,
    PaymentRequest,
    Payout,
    Refund,
    UnmatchedMoney,
)
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way as PaymentWay
from abono.domain.payments.tables.filed import BankFile, BankLine, BankOrder
from abono.domain.payments.tables.requested import ChosenMeans, LateCharge
from abono.domain.restrictions.models import Restriction
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import LATE_GRACE
from abono.domain.statements import actions as statements
from abono.domain.uncovered.actions import Which
from abono.domain.withholding.actions import set_rate
from abono.domain.withholding.models import ProofFile, WithheldProof, WithheldTax
from abono.domain.withholding.types import NewRate
from abono.flows.adjustments.months import write_months
from abono.flows.arrangements.arrange import Asked, arrange, end
from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.flows.coupons.redeem import redeem_coupon
from abono.flows.licences.policy import SHIPPED
from abono.flows.limits.set_own import set_own_limits
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.people.invite import invite_member
from abono.flows.price_moves.apply import apply_move
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.record import record_payment
from abono.flows.uncovered.decide import decide_uncovered
from abono.flows.usage.facts import Told
from abono.flows.usage.report import report
from abono.flows.versions.kind import VERSIONS
from abono.flows.versions.preview import preview_versions
from abono.flows.wallet import reserve_card, save_card
from abono.kernel.ids import public, uuid7
from abono.platform.models import IdempotencyKey
from tests import sql
from tests.answered import answered
from tests.domain.licences.office import Office
from tests.remembered import remembered
from tests.stories import asked, bank_statement, credited, fiscal_document, linked
from tests.versions import new_versions
from tests.world import (
    DAY,
    HOUR,
    JUNE_1,
    Tenant,
    hold,
    load_catalog,
    make_olga,
    make_padaria,
    quote,
    sign,
    use,
)

LATER = JUNE_1 + 2 * DAY


@remembered
def rows_in_every_table() -> Tenant:
    load_catalog()
    padaria = make_padaria()  # invoice number 1, paid
    make_olga()
    credited(padaria, now=LATER)
    billing_runs.join(begun_by="olga", now=LATER)
    sign(card="lost")  # a draft
    hers = {"customer_id": padaria.customer_id, "actor": "ana", "now": LATER}
    reserve_card(method_id=save_card(frame_ref="ok#2", use=False, **hers).id, **hers)
    asks = sign(signed_in=False)  # an invitation
    invite_member(
        customer_id=asks.customer_id,
        email="eva@padaria.example",
        profile=Profile.VIEWER,
        language="es",
        by="Ana",
        actor="ana",
        now=LATER,
    )
    sign_on.set_up(
        customer_id=padaria.customer_id,
        issuer="https://login.padaria.example",
        client_id="abono",
        secret="of padaria",
        domains=["padaria.example"],
        actor="ana",
        now=LATER,
    )
    signing.keep(lasts=DAY, actor="system", now=LATER)
    document_locks.choose(
        customer_id=padaria.customer_id, way=Way.OWN, own="pão de queijo", actor="ana", now=LATER
    )
    who = {"contract_id": padaria.contract_id, "customer_id": padaria.customer_id}
    set_own_limits(**who, cap_micro=150_000_000, budgets={"sms": 50_000_000}, actor="ana", now=JUNE_1 + HOUR)
    hold_campaign(
        **who, name="easter", lines=[LineAsked("whatsapp", "company", "BR", 10)], actor="ana", now=LATER
    )
    use(padaria.contract_id, 150)
    hold(padaria.contract_id)
    tell_thresholds()
    interactions.observe(
        [
            ContactEvent(padaria.contract_id, uuid7(), uuid7(), "webchat", "contact_message", at, now)
            for at, now in ((LATER, LATER), (JUNE_1 + HOUR, JUNE_1 + 60 * DAY))
        ]
    )
    report(
        [
            Told(
                "left",
                public("ctr", padaria.contract_id),
                "sent",
                channel="sms",
                kind="message",
                country="FR",
            )
        ],
        customer_id=None,
        now=LATER,
    )
    decide_uncovered(
        contract_id=padaria.contract_id,
        which=Which(),
        bill=True,
        typed_micro=1,
        why="a test",
        actor="olga",
        now=LATER,
    )
    asked(padaria)
    linked(padaria)
    identity.issue_key(
        name="p", customer_id=padaria.customer_id, scopes=("meter",), expires_at=None, actor="ana", now=LATER
    )
    Advance.objects.create(
        customer_id=padaria.customer_id, from_at=JUNE_1, to_at=LATER, actor="ana", started_at=LATER
    )
    GatewayEvent.objects.create(
        gateway="simulator", event_id="e", kind="x", key="k", body="{}", received_at=LATER
    )
    attempt = Attempt.objects.filter(state="paid").earliest("id")
    Refund.objects.create(attempt=attempt, amount_minor=1, currency="BRL", asked_by="olga", asked_at=LATER)
    ChosenMeans.objects.create(
        customer_id=attempt.method.customer_id,
        means="pix",
        from_date=LATER.date(),
        chosen_by="ana",
        chosen_at=LATER,
    )
    pix = PaymentRequest.objects.create(
        invoice_id=attempt.invoice_id,
        means="pix",
        gateway="bank",
        number=1,
        amount_minor=1,
        currency="BRL",
        state="payable",
        until=LATER,
        payer={"name": "Padaria Sol", "tax_id": "11222333000181"},
        reference="tx1",
        pay_with="PAY1",
        asked_by="ana",
        asked_at=LATER,
    )
    mandate = Mandate.objects.create(
        customer_id=attempt.method.customer_id,
        contract_id=padaria.contract_id,
        gateway="bank",
        name="2026-000042-7/1",
        subject="Specialist",
        payer={"name": "Padaria Sol", "tax_id": "11222333000181"},
        most_minor=1,
        currency="BRL",
        begins=LATER.date(),
        state="asked",
        reference="RN1",
        agree_with="AGREE1",
        asked_by="ana",
        asked_at=LATER,
    )
    PaymentRequest.objects.update(instead_of=F("id"), mandate=mandate, due_date=LATER.date())
    LateCharge.objects.create(
        invoice_id=attempt.invoice_id,
        money=pix.id,
        paid_minor=1,
        days=1,
        amount_minor=1,
        currency="BRL",
        due_date=LATER.date(),
        paid_date=LATER.date(),
        made_at=LATER,
    )
    fiscal_document(attempt.invoice_id)
    statements.pay(bank_statement().id, receipt_id=uuid7(), actor="olga", real=LATER)
    came = record_payment(
        invoice_id=attempt.invoice_id,
        came=Came(PaymentWay.PIX, 1, LATER.date(), "E1", gateway="bank", request_id=pix.id),
        actor="bank",
        now=LATER,
    )
    withheld(came.id, padaria.customer_id)
    open_dispute(invoice_id=attempt.invoice_id, why="a test", actor="olga", now=LATER)
    UnmatchedMoney.objects.create(
        gateway="simulator",
        key="k",
        reference="r",
        why="nobody",
        amount_minor=1,
        currency="BRL",
        found_at=LATER,
    )
    Payout.objects.create(
        gateway="simulator",
        reference="po_1",
        arrived_minor=0,
        fees_minor=1,
        currency="BRL",
        paid_on=LATER.date(),
        actor="olga",
        recorded_at=LATER,
    )
    bank_file = BankFile.objects.create(
        direction="return",
        gateway="bank",
        number=1,
        made_on=date(2026, 6, 1),
        name="a.ret",
        digest="0" * 64,
        content=b"",
        lines=1,
        actor="olga",
        at=LATER,
    )
    BankFile.objects.create(
        direction="remittance",
        gateway="bank",
        number=1,
        name="a.rem",
        digest="2" * 64,
        content=b"",
        lines=1,
        actor="olga",
        at=LATER,
    )
    BankLine.objects.create(
        file=bank_file,
        line=2,
        happening="other",
        reference="1",
        title="",
        code="28",
        reasons="",
        said="",
        money="",
        qr="",
    )
    BankOrder.objects.create(file=bank_file, request=pix, act="register")
    IdempotencyKey.objects.create(caller="ana", key="k", route="POST /x", fingerprint=b"", created_at=LATER)
    new_versions()
    batch_id = preview_versions(plan_code="specialist", package_code="", actor="olga", now=LATER)
    for state, begins_at, package in (
        ("waiting", None, "brl-500"),
        ("scheduled", LATER + 30 * DAY, "brl-500"),
        ("approval", None, "brl-250"),
    ):
        sql.run(
            "UPDATE contracts_change SET state = %s, begins_at = %s, accepted_by = asked_by, accepted_at = asked_at"
            " WHERE id = %s",
            state,
            begins_at,
            quote(padaria, package=package, now=LATER),
        )
    apply_move(VERSIONS, batch_id, actor="olga", now=LATER)
    support = Asked(Arranged.ADD_ON, 1_000_000, since=(LATER + 2 * DAY).date(), why="a test", name="Support")
    key = arrange(contract_id=padaria.contract_id, asked=support, actor="olga", now=LATER)
    end(
        contract_id=padaria.contract_id,
        arrangement_id=key,
        last=support.since,
        why="over",
        actor="olga",
        now=LATER,
    )
    set_value(setting=LATE_GRACE, value="PT1H", actor="olga", why="a test", now=LATER)
    Muted.objects.create(
        customer_id=padaria.customer_id, kind="package_80", audience="financial_contact", since=LATER
    )
    spring = NewCoupon(code="sol10", rate_micro=100_000, amounts=None, cycles=1)
    coupons.make(spring, why="a test", actor="olga", now=LATER)
    redeem_coupon(contract_id=padaria.contract_id, code="sol10", actor="ana", now=LATER)
    _adjusted(padaria)
    _licences(padaria)
    Restriction.objects.create(
        contract_id=padaria.contract_id,
        customer_id=padaria.customer_id,
        cause="fraud",
        why="a test",
        made_by="olga",
        made_at=LATER,
    )
    answered({("holds", ""): 1}, at=LATER)
    # An invoice is made out anew for one that waits, which none does here.
    sql.run("SET LOCAL session_replication_role = replica")
    sql.run(
        "UPDATE invoicing_invoice SET replaces_id = (SELECT id FROM invoicing_invoice WHERE state = 'draft'),"
        " change_id = (SELECT id FROM contracts_change WHERE state = 'waiting')"
        " WHERE number = 1"
    )
    sql.run("SET LOCAL session_replication_role = origin")
    # What is added up is of months, not of a moment.
    sql.run(
        "INSERT INTO metering_use SELECT contract_id, cycle_start, cycle_start, 1, 1, 1, 0, 0, 1 FROM metering_cycle"
    )
    sql.run(
        "INSERT INTO metering_use_apart SELECT contract_id, cycle_start, gen_random_uuid() FROM metering_cycle"
    )
    sql.run(
        "INSERT INTO metering_use_border SELECT contract_id, cycle_start, cycle_start, gen_random_uuid()"
        " FROM metering_cycle ON CONFLICT DO NOTHING"
    )
    sql.run(
        "INSERT INTO metering_free SELECT contract_id, 'whatsapp', 'reply', '', 'month', cycle_start, 1 FROM metering_cycle"
    )
    sql.run(
        "INSERT INTO metering_free_send SELECT contract_id, send_id, 'whatsapp', 'reply', '', 'month', held_at, 1"
        " FROM metering_send LIMIT 1"
    )
    sql.run(
        "INSERT INTO metering_recount SELECT contract_id, send_id, 1, cycle_start, 1, 1, held_at FROM metering_send LIMIT 1"
    )
    sql.run(
        "INSERT INTO metering_refused_hold SELECT contract_id, gen_random_uuid() FROM metering_cycle LIMIT 1"
    )
    sql.run("INSERT INTO metering_sweep VALUES ('x', now()) ON CONFLICT DO NOTHING")
    return padaria


def withheld(receipt_id, customer_id):
    rate = NewRate("IRRF", Decimal("1.5"), LATER.date())
    set_rate(rate, why="a law", actor="olga", now=LATER)
    set_rate(rate, customer_id=customer_id, why="a word of theirs", actor="olga", now=LATER)
    WithheldTax.objects.create(
        receipt_id=receipt_id,
        position=1,
        name="IRRF",
        rate_micro=15_000,
        base_minor=100,
        amount_minor=2,
        currency="BRL",
    )
    proof = WithheldProof.objects.create(
        receipt_id=receipt_id,
        name="IRRF",
        reference="1",
        proof_date=LATER.date(),
        given_by="olga",
        given_at=LATER,
    )
    ProofFile.objects.create(
        proof=proof, kind="pdf", content=b"x", size=1, digest="0" * 64, given_by="olga", given_at=LATER
    )


def _licences(padaria: Tenant) -> None:
    """Ten are in, one was made to go, one waits, one is let in no more."""
    office = Office(padaria, now=LATER)
    office.fill(10)
    office.wait("ana")
    licences.keep(padaria.contract_id, {"agent": 1}, now=LATER)
    licences.bar(padaria.customer_id, padaria.people["carla"], ["carla@padaria.example"])
    licences.end(padaria.contract_id, ["p00"], Why.FREED, policy=SHIPPED, now=LATER)
    office.wait("bruno")


def _adjusted(padaria: Tenant) -> None:
    """A year's adjustment that was applied: months are what has rules."""
    index, _new = write_months(code="IPCA", values={date(2026, 5, 1): Decimal(1)}, actor="olga", now=LATER)
    may = date(2026, 5, 1)
    line = AdjustedLine(padaria.contract_id, 12, LATER, 1, 1, "", may, may, Decimal("1.01"), ())
    adjustments.create(
        index_id=index.id,
        months=Months.NEWEST,
        parts=[],
        currency="BRL",
        until=date(2027, 6, 1),
        lines=[line],
        actor="olga",
        now=LATER,
    )
    adjustments.use(index.id, date(2026, 5, 1), date(2026, 5, 1))
