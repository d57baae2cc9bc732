"""What our compiler remembers of columns changes no statement: each is what Django's own would have written."""

from __future__ import annotations

from types import ModuleType

import pytest
from django.apps import apps
from django.db import connection
from django.db.backends.postgresql import compiler as of_django
from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet

from abono.domain.invoicing.models import Invoice, InvoiceLine
from abono.platform.postgres.engine import compiler as of_ours

ASKED = {
    "filtered": Invoice.objects.filter(state="open"),
    "ordered by names": Invoice.objects.order_by("-issued_at", "id"),
    "ordered by an expression": Invoice.objects.order_by(F("issued_at").desc(nulls_last=True)),
    "ordered by what another table has": InvoiceLine.objects.order_by("invoice__issued_at"),
    "the last": Invoice.objects.order_by("issued_at").reverse()[:1],
    "different ones": Invoice.objects.distinct().order_by("issued_at"),
    "without a column": Invoice.objects.defer("state"),
    "two columns": Invoice.objects.only("state"),
    "values": Invoice.objects.values_list("state", "id"),
    "counted": Invoice.objects.annotate(count=Count("lines")).order_by("count"),
    "beside a column": Invoice.objects.extra(select={"one": "1"}),
    "joined": InvoiceLine.objects.filter(invoice__state="open"),
    "with what it belongs to": InvoiceLine.objects.select_related("invoice"),
    "one of either": Invoice.objects.filter(state="open")
    .union(Invoice.objects.filter(state="paid"))
    .order_by("id"),
    "where there is another": Invoice.objects.filter(
        Exists(InvoiceLine.objects.filter(invoice_id=OuterRef("id")))
    ),
    "whose id is among": InvoiceLine.objects.filter(invoice__in=Invoice.objects.filter(Q(state="open"))[:3]),
}


def written(asked: QuerySet[Model], compilers: ModuleType) -> object:
    return compilers.SQLCompiler(asked.query.clone(), connection, "default").as_sql()


@pytest.mark.parametrize("what", ASKED)
def test_a_statement_is_what_django_would_have_written(what: str) -> None:
    for _again in range(2):
        assert written(ASKED[what], of_ours) == written(ASKED[what], of_django)


def test_all_columns_of_each_model_are_what_django_would_have_written() -> None:
    assert connection.ops.compiler("SQLCompiler") is of_ours.SQLCompiler
    for model in apps.get_models():
        for _again in range(2):
            assert written(model._base_manager.all(), of_ours) == written(
                model._base_manager.all(), of_django
            )
