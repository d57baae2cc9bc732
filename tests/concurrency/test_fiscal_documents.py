"""Two answers for one document, and two exports, in the same instant (INV-11)."""

from __future__ import annotations

import pytest

from abono.domain.fiscal.errors import AnsweredOtherwise, NothingToIssue
from abono.domain.fiscal.models import Document, Export
from abono.domain.fiscal.states import Did
from abono.domain.notices.models import Notice
from abono.flows.fiscal.answer import answer
from abono.flows.fiscal.export import write_export
from abono.kernel.errors import Refusal
from abono.platform import clock
from tests.concurrency.together import together
from tests.fiscal import issued, kept
from tests.scenarios.taking_back import newest
from tests.world import load_catalog, make_padaria

pytestmark = pytest.mark.django_db(transaction=True)


def said(act):
    try:
        return act()
    except Refusal as no:
        return type(no)


@pytest.mark.rule("INV-11", part="comes back")
@pytest.mark.parametrize("exported", [True, False])
def test_of_two_answers_at_once_one_holds(gateway, exported):
    load_catalog()
    kept()
    invoice = newest(make_padaria())
    if exported:
        made = together(
            lambda _n: said(lambda: write_export(language="en", actor="olga", real=clock.now()).number), 4
        )
        assert sorted(made, key=str) == [1, *[NothingToIssue] * 3]
        assert Export.objects.get().documents == 1

    def told(n):
        return said(
            lambda: answer(invoice_id=invoice.id, given=issued(1 + n % 2), actor="olga", real=clock.now())[1]
        )

    did = together(told, 8)
    assert did.count(Did.ISSUED) == 1
    assert (did.count(Did.KNOWN), did.count(AnsweredOtherwise)) == (3, 4)
    assert Document.objects.filter(state="issued").count() == Document.objects.count() == 1
    assert Notice.objects.filter(kind="fiscal_document_issued").count() == 1
