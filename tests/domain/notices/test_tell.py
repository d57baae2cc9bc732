from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from abono.domain.notices import actions as notices
from abono.domain.notices import queries
from abono.domain.notices.models import Email, Notice
from abono.domain.notices.types import Recipient
from abono.platform.use_case import one_transaction
from tests.domain.notices.conftest import ANA, ELENA, NOW, new_customer
from tests.domain.notices.samples import FACTS

pytestmark = pytest.mark.django_db


def tell(customer_id: UUID, kind: str = "package_80", key: str = "2026-06-01:0") -> None:
    notices.tell(
        customer_id=customer_id, kind=kind, key=key, facts=FACTS[kind], recipients=(ANA, ELENA), now=NOW
    )


@pytest.mark.rule("LIM-3")
def test_the_same_occasion_is_told_once(padaria: UUID) -> None:
    tell(padaria)
    tell(padaria)
    with one_transaction():
        tell(padaria)
        tell(padaria, key="2026-06-01:1")  # after the package was raised
        tell(padaria, key="2026-06-01:1")

    assert Notice.objects.count() == 2
    assert Email.objects.count() == 4


def test_one_address_gets_one_mail_whatever_its_case(padaria: UUID) -> None:
    twin = Recipient("ANA@padaria.example", "Ana of finance", "en")

    notices.tell(
        customer_id=padaria,
        kind="package_80",
        key="k",
        facts=FACTS["package_80"],
        recipients=(ANA, twin, ELENA),
        now=NOW,
    )

    mails = Email.objects.order_by("to_email").values_list("to_email", "to_name", "language")
    assert list(mails) == [
        ("ana@padaria.example", "Ana Souza", "pt-br"),
        ("elena@padaria.example", "Elena Rojas", "es"),
    ]


def test_days_and_moments_are_kept_as_iso_8601_whatever_stands_beside_them(padaria: UUID) -> None:
    of, day = uuid4(), NOW.date()
    for key, more in (("plain", {}), ("moment", {"at": NOW}), ("within", {"all": [NOW, day]})):
        facts = {**FACTS["package_80"], "name": 'Pão "Sol"', "on": day, "of": of, **more}
        notices.tell(customer_id=padaria, kind="package_80", key=key, facts=facts, recipients=(ANA,), now=NOW)

    plain, moment, within = Notice.objects.order_by("id").values_list("facts", flat=True)
    assert plain["name"] == 'Pão "Sol"'
    assert (plain["on"], plain["of"]) == (day.isoformat(), str(of))
    assert {**moment, "at": NOW.isoformat()} == {**plain, "at": moment["at"]}
    assert within["all"] == [NOW.isoformat(), day.isoformat()]


def test_what_is_rolled_back_was_not_told(padaria: UUID) -> None:
    def flow() -> None:
        with transaction.atomic():
            tell(padaria)
            raise RuntimeError("the flow failed after it told")

    with pytest.raises(RuntimeError):
        flow()

    assert not Notice.objects.exists()
    assert not Email.objects.exists()


def test_facts_that_lack_something_are_a_bug_and_tell_nothing(padaria: UUID) -> None:
    with pytest.raises(ValueError, match="total_minor"):
        notices.tell(
            customer_id=padaria,
            kind="payment_received",
            key="k",
            facts={"invoice": "A-1"},
            recipients=(),
            now=NOW,
        )

    assert not Notice.objects.exists()


def test_days_moments_and_ids_are_kept_as_text(padaria: UUID) -> None:
    invoice = uuid4()
    facts = {**FACTS["invoice_issued"], "due_date": NOW.date(), "at": NOW, "invoice_id": invoice}
    notices.tell(customer_id=padaria, kind="invoice_issued", key="k", facts=facts, recipients=(), now=NOW)

    stored = Notice.objects.get().facts
    assert stored["due_date"] == "2026-07-01"
    assert stored["at"] == "2026-07-01T12:00:00+00:00"
    assert stored["invoice_id"] == str(invoice)


def test_notices_are_read_newest_first_in_the_readers_language(padaria: UUID) -> None:
    tell(padaria)
    tell(padaria, kind="invoice_issued", key="A-000042")
    newest, oldest = queries.list_for(padaria, "en")

    assert (newest.kind, oldest.kind) == ("invoice_issued", "package_80")
    assert newest.wording.figure == "R$1,900.00"
    assert queries.list_for(padaria, "es", limit=1)[0].wording.figure == "R$\u00a01.900,00"
    assert queries.list_for(padaria, "en", before=newest.id) == (oldest,)
    assert Notice.objects.get(id=newest.id).link == "portal:financial"


def test_a_notice_is_unread_until_it_is_marked(padaria: UUID) -> None:
    tell(padaria)
    tell(padaria, key="other")
    first = queries.list_for(padaria, "en")[0]

    assert notices.mark_read(customer_id=padaria, notice_ids=[first.id], now=NOW) == 1
    assert queries.unread_count(padaria) == 1
    assert [notice.read for notice in queries.list_for(padaria, "en")] == [True, False]
    assert notices.mark_read(customer_id=padaria, now=NOW) == 1
    assert queries.unread_count(padaria) == 0


@pytest.mark.rule("ACC-2")
def test_another_customers_notices_do_not_exist(padaria: UUID) -> None:
    tell(padaria)
    luna = new_customer("Ferretería Luna S.A.S.").id
    notice = Notice.objects.get()

    assert queries.list_for(luna, "es") == ()
    assert queries.unread_count(luna) == 0
    assert notices.mark_read(customer_id=luna, notice_ids=[notice.id], now=NOW) == 0
    assert queries.unread_count(padaria) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_at_once_tell_once() -> None:
    customer = new_customer("Padaria Sol Ltda.").id
    start = threading.Barrier(8)

    def work() -> None:
        start.wait(10)
        tell(customer)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert Email.objects.count() == 2


def test_the_outbox_says_how_mail_is_getting_on(padaria: UUID) -> None:
    tell(padaria)
    Email.objects.filter(to_email=ANA.email).update(tries=12, failure="550 no such mailbox")

    outbox = queries.outbox()
    assert (outbox.waiting, outbox.failing, outbox.stuck) == (1, 0, 1)
    assert outbox.oldest_at == NOW
    assert Email.objects.filter(send_at__gt=NOW + timedelta(days=1)).count() == 0
