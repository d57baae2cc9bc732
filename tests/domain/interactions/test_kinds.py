from __future__ import annotations

import pytest
from django.db import connection

from abono.domain.interactions.types import ContactKind


@pytest.mark.rule("INT-2")
@pytest.mark.django_db
def test_every_kind_that_has_a_name_has_a_row_that_says_whether_it_counts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT kind FROM metering_interaction_kind")
        assert {kind for (kind,) in cursor.fetchall()} == {*ContactKind}
