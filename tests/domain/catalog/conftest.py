from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def catalogs_of_its_own(nothing_on_sale: None) -> None:
    """Each test puts on sale what it is about."""
