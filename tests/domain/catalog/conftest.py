from __future__ import annotations

import pytest

from tests.database import empty_catalog
from tests.remembered import remembered


@pytest.fixture(autouse=True)
def catalogs_of_its_own(db: None) -> None:
    """Each test puts on sale what it is about."""
    _take_everything_off_sale()


@remembered
def _take_everything_off_sale() -> None:
    empty_catalog()
