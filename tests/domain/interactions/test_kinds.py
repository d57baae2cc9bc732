from __future__ import annotations

import pytest

from abono.domain.interactions.types import ContactKind
from tests import sql


@pytest.mark.rule("INT-2")
@pytest.mark.django_db
def test_every_kind_that_has_a_name_has_a_row_that_says_whether_it_counts() -> None:
    assert {kind for (kind,) in sql.run("SELECT DISTINCT kind FROM metering_interaction_kind")} == {
        *ContactKind
    }
