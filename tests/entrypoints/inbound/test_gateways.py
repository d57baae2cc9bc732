"""Webhooks of the payment gateway, from a real simulator through our door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.invoicing.models import Invoice
from abono.domain.payments import receipts, registry
from abono.domain.payments.models import GatewayEvent
from abono.domain.payments.states import Way
from abono.flows import due_work
from abono.flows.one_off.draft import seen, write_draft
from abono.flows.one_off.issue import issue_one_off
from abono.flows.requests.ask import ask_for
from abono.flows.signup.sign import Signed
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.due import Means
from abono.kernel.ids import public, uuid7
from abono.kernel.moment import Moment
from abono.platform import agenda, clock
from abono.platform.models import Due, Event
from tests import sql
from tests.scenarios.test_one_off import TRAINING
from tests.stand_ins import SECRET, Simulator, signed, start_simulator
from tests.work import run_jobs
from tests.world import begin_signup, load_catalog, sign

ADDRESS = "/inbound/gateways/simulator/"
PIX_ADDRESS = "/inbound/gateways/simulator_pix/"
BODY = b'{"type":"charge.paid","timestamp":"2026-06-01T15:00:00+00:00","data":{"key":"k","reference":"ch_1"}}'


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with start_simulator(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(autouse=True)
def gateway(db: None, settings: LazySettings, simulator: Simulator) -> Iterator[None]:
    settings.GATEWAYS = {
        "simulator": {
            "adapter": "abono.gateways.simulator.adapter.SimulatorGateway",
            "options": {"base_url": simulator.url, "secret": SECRET, "public_url": simulator.url},
        },
        "simulator_pix": {
            "adapter": "abono.gateways.simulator.pix.SimulatorPix",
            "options": {"base_url": simulator.url, "secret": SECRET},
        },
    }
    registry.gateway.cache_clear()
    load_catalog()
    yield
    registry.gateway.cache_clear()


def post(body: bytes, *, message_id: str = "evt_1", address: str = ADDRESS, **other: str) -> HttpResponse:
    headers = signed(body.decode(), secret=SECRET, message_id=message_id, moment=datetime.now(UTC))
    client = Client(enforce_csrf_checks=True)
    answer: HttpResponse = client.post(
        address, body, content_type="application/json", headers={**headers, **other}
    )
    return answer


def test_the_address_is_the_one_that_gateways_are_given() -> None:
    assert reverse("inbound:gateway", args=["simulator"]) == ADDRESS


@pytest.mark.rule("PAY-7", "CON-4")
def test_a_charge_without_an_answer_becomes_a_contract_when_the_gateway_speaks(simulator: Simulator) -> None:
    made = sign_with_a_lost_answer(simulator)
    assert not made.active
    assert contracts.get(made.contract_id).state is State.PENDING

    (news,) = simulator.events()
    assert post(news["body"].encode(), message_id=news["id"]).status_code == 204
    assert contracts.get(made.contract_id).state is State.PENDING  # kept: the gateway does not wait for us
    run_jobs()
    assert contracts.get(made.contract_id).state is State.ACTIVE
    events = Event.objects.count()

    assert post(news["body"].encode(), message_id=news["id"]).status_code == 204  # it comes twice
    run_jobs()
    assert Event.objects.count() == events
    assert GatewayEvent.objects.count() == 1
    assert Invoice.objects.exclude(number=None).count() == 1
    assert [entry["kind"] for entry in simulator.book()] == ["capture"]


def sign_with_a_lost_answer(simulator: Simulator) -> Signed:
    """The money is taken and nobody says so."""
    return sign_with(Behaviour.ANSWER_LOST, simulator)


def sign_with(behaviour: Behaviour, simulator: Simulator) -> Signed:
    """Contract with a card typed in fields of the order."""
    order = begin_signup()
    session = registry.gateway("simulator").open_card_frame(
        public("sig", order), "es", "http://127.0.0.1", key=str(order)
    )
    simulator.type_card_that(behaviour, session.ref)
    return sign(card=session.ref, signup_id=order)


@pytest.mark.rule("PAY-7", "OPS-1")
def test_news_whose_job_was_lost_with_its_worker_are_worked_on_later(simulator: Simulator) -> None:
    made = sign_with_a_lost_answer(simulator)
    news = simulator.events()[-1]
    assert post(news["body"].encode(), message_id=news["id"]).status_code == 204

    sql.run("DELETE FROM procrastinate_jobs")
    Due.objects.filter(kind="hear_gateway").update(held_until=Now())  # ten minutes later
    due_work.sweep(real=clock.now())
    run_jobs()
    assert contracts.get(made.contract_id).state is State.ACTIVE


def test_what_came_is_kept_as_it_came_and_once() -> None:
    assert post(BODY).status_code == 204
    assert post(BODY).status_code == 204
    kept = GatewayEvent.objects.get()
    assert (kept.gateway, kept.event_id, kept.kind, kept.key) == ("simulator", "evt_1", "charge.paid", "k")
    assert kept.body.encode() == BODY


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-timestamp": "1"},
        {"webhook-id": "evt_2"},
        {"webhook-id": ""},
    ],
)
def test_a_message_that_is_not_the_gateways_changes_nothing(change: dict[str, str]) -> None:
    answer = post(BODY, **change)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert not GatewayEvent.objects.exists()


def test_a_body_beyond_64_kilobytes_is_not_read() -> None:
    answer = post(b"x" * (64 * 1024 + 1))
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, 64 * 1024)


@pytest.mark.rule("PAY-7", "OPS-4")
@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"\xc3\xa1\x00",
        b'{"type":"a\\u0000b","timestamp":"2026-06-01T15:00:00+00:00","data":{}}',
    ],
)
def test_a_genuine_message_that_nobody_understands_is_kept_first_and_parked_for_a_person(body: bytes) -> None:
    for _twice in range(2):
        assert post(body).status_code == 204
    kept = GatewayEvent.objects.get()
    assert kept.body == body.decode().replace("\x00", "\ufffd")
    [(entry, _since, reason)] = agenda.parked()
    assert (entry.kind, entry.subject, reason) == (
        "hear_gateway",
        kept.id,
        "simulator sent what cannot be understood",
    )
    agenda.release_parked(real=clock.now())
    due_work.work_off(now=clock.now(), kinds=due_work.REAL)
    assert "NotUnderstood" in Due.objects.get().reason


@pytest.mark.parametrize("length", [121, 5_000])
def test_an_id_that_cannot_be_kept_is_refused(length: int) -> None:
    answer = post(BODY, message_id="e" * length)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert not GatewayEvent.objects.exists()
    assert post(BODY, message_id="e" * 120).status_code == 204


def test_a_gateway_that_nobody_configured_does_not_exist() -> None:
    answer = post(BODY, address="/inbound/gateways/stripe/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_door_that_is_not_there_and_a_wrong_method_are_said_as_to_a_program() -> None:
    for address in ("/inbound/", "/inbound/sendgrid", "/inbound/gateways/"):
        answer = Client(enforce_csrf_checks=True).post(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = Client().get("/inbound/gateways/simulator/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_only_posts_are_heard() -> None:
    assert Client().get(ADDRESS).status_code == 405


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_a_pix_that_is_paid_settles_its_invoice_when_its_news_come(simulator: Simulator) -> None:
    made, now = sign_with(Behaviour.PAID, simulator), clock.now()
    draft = write_draft(contract_id=made.contract_id, named=uuid7(), lines=[TRAINING], now=now)
    issue_one_off(invoice_id=draft.id, accepted=seen(draft), why="", actor="olga", now=now)
    asked = ask_for(
        invoice_id=draft.id,
        customer_id=made.customer_id,
        means=Means.PIX,
        actor="ana",
        moment=Moment(now, now),
    )
    simulator.ask("POST", f"pix/{asked.id.hex}/pay", {})
    news = simulator.events()[-1]
    for _twice in range(2):
        told = post(news["body"].encode(), message_id=news["id"], address=PIX_ADDRESS)
        assert told.status_code == 204
        run_jobs()
    assert Invoice.objects.get(id=draft.id).state == "paid"
    assert [one.way for one in receipts.of_invoice(draft.id)] == [Way.PIX]
