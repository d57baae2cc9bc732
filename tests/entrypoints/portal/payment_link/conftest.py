"""A declined invoice, and somebody who has a link to pay it."""

from __future__ import annotations

import pytest

from tests.payment_links import Payer, make, make_unpaid, unpaid


@pytest.fixture
def declined(db, gateway):
    return make_unpaid()


@pytest.fixture
def invoice(declined):
    return unpaid(declined)


@pytest.fixture
def payer(declined) -> Payer:
    return Payer(make(declined))
