from __future__ import annotations

from typing import Any

import pytest

from abono.entrypoints.meter.app import HOT_PREFIXES
from abono.entrypoints.meter.protocol import openapi


@pytest.mark.rule("API-1")
def test_every_hot_address_is_described_and_every_reference_leads_somewhere():
    paths, schemas = openapi.paths(), openapi.schemas()
    assert all(any(path.startswith(prefix) for path in paths) for prefix in HOT_PREFIXES)
    assert all(path.startswith(HOT_PREFIXES) for path in paths)
    assert _references([paths, schemas]) == {*schemas, "Problem"}  # the form of problems is the REST API's


def _references(part: Any) -> set[str]:
    match part:
        case {"$ref": str(target)}:
            return {target.rpartition("/")[2]}
        case dict():
            return set().union(*(_references(member) for member in part.values()))
        case list():
            return set().union(*(_references(member) for member in part))
    return set()
