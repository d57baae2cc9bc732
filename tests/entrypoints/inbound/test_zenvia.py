"""Usage that Zenvia's webhooks tell of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.platform import clock
from tests.entrypoints.inbound.sender import (
    balance,
    key_of,
    message_in,
    post,
    said,
    status,
)


@pytest.mark.rule("PKG-4", part="not delivered gives nothing back")
@pytest.mark.rule("PKG-4", part="sent draws")
@pytest.mark.rule("PKG-4", part="again draws nothing")
def test_sent_draws_once_and_what_follows_gives_nothing_back(padaria):
    key = key_of(padaria.customer_id)
    answers = [
        post("zenvia", status(code), key).json()
        for code in ("SENT", "SENT", "DELIVERED", "READ", "NOT_DELIVERED")
    ]
    assert [(said(answer), answer.get("replayed", False)) for answer in answers] == [
        ("recorded", False),
        ("settled", True),
        ("settled", True),
        ("settled", True),
        (
            "not_delivered",
            True,
        ),  # it had left, so it stays drawn; whoever told of it hears that it was understood
    ]
    assert {(answer["price_micro"], answer["outcome"]) for answer in answers} == {(550_000, "sent")}
    assert (balance(padaria).used_micro, balance(padaria).held_micro) == (550_000, 0)


@pytest.mark.rule("PKG-4", part="rejected releases")
def test_a_rejected_message_draws_nothing(padaria):
    assert said(post("zenvia", status("REJECTED"), key_of(padaria.customer_id)).json()) == "no_send"
    assert balance(padaria).used_micro == 0


@pytest.mark.rule("PKG-4")
def test_each_content_of_a_message_is_a_send_of_its_own(padaria):
    key = key_of(padaria.customer_id)
    for index in (0, 1, 1):
        post("zenvia", status("SENT", contentIndex=index), key)
    assert balance(padaria).used_micro == 2 * 550_000


@pytest.mark.rule("INT-1", "INT-2")
def test_a_contact_that_writes_opens_one_interaction_for_a_day(padaria):
    key = key_of(padaria.customer_id)
    assert said(post("zenvia", message_in("m-1"), key).json()) == "opened"
    assert said(post("zenvia", message_in("m-2"), key).json()) == "covered"
    again = message_in("m-3")
    assert said(post("zenvia", again, key).json()) == "covered"
    replayed = post("zenvia", again, key).json()
    assert (said(replayed), replayed["replayed"]) == ("known", True)
    assert balance(padaria).interactions == 1


def test_events_that_say_nothing_of_use_are_taken_and_ignored(padaria):
    key = key_of(padaria.customer_id)
    for event in (
        {"type": "CONVERSATION_STATUS", "id": "x", "channel": "whatsapp"},
        status("CLICKED"),
        {**message_in(), "direction": "OUT"},
    ):
        answer = post("zenvia", event, key)
        assert (answer.status_code, answer.json()) == (200, {"id": None, "status": "ignored"})
    assert balance(padaria).interactions == balance(padaria).used_micro == 0


@pytest.mark.rule("INT-7", part="later ones refused with their code")
def test_a_message_of_the_future_or_without_a_zone_is_refused(padaria):
    key = key_of(padaria.customer_id)
    late = (clock.now() + timedelta(minutes=6)).isoformat()
    assert said(post("zenvia", message_in(timestamp=late), key).json()) == "in_the_future"
    for stamp in ("2026-06-01T15:00:00", "10000-01-01T00:00:00Z"):
        assert post("zenvia", message_in(timestamp=stamp), key).status_code == 400
    assert balance(padaria).interactions == 0
