"""The same facts are the same file, byte for byte, whoever makes it and wherever: no clock and no chance is in it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import pytest

from abono.domain.customers import queries as customers
from abono.domain.invoicing import paper
from abono.domain.metering import queries as metering
from abono.flows.documents import contract, statement
from tests.world import DAY, HOUR, JUNE_1, Tenant, hold, use

AGAIN = """
import hashlib, json, sys
from datetime import UTC, datetime
import django
django.setup()
from abono.domain.invoicing import paper
at = datetime(2026, 6, 1, 15, tzinfo=UTC)
for template, said in json.load(sys.stdin):
    print(hashlib.sha256(paper.made(template, said, at=at)).hexdigest())
"""


@pytest.mark.rule("CON-2", part="terms kept")
@pytest.mark.rule("PKG-3", part="statement")
def test_another_process_in_another_place_makes_the_same_files(padaria: Tenant) -> None:
    use(padaria.contract_id, 20, at=JUNE_1 + HOUR)
    hold(padaria.contract_id, count=2, at=JUNE_1 + DAY)
    balance = metering.balance(contract_id=padaria.contract_id, at=JUNE_1 + HOUR)
    whose = customers.get(padaria.customer_id)
    said = [
        ("contract", contract.written(padaria.contract, whose, "es", now=JUNE_1 + DAY)),
        ("statement", statement.written(padaria.contract, whose, balance, "pt-br", over=False)),
    ]
    here = [hashlib.sha256(paper.made(name, words, at=JUNE_1)).hexdigest() for name, words in said]
    there = subprocess.run(
        [sys.executable, "-c", AGAIN],
        input=json.dumps(said),
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "abono.config.settings",
            "TZ": "Asia/Tokyo",
            "PYTHONHASHSEED": "7",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.split() == here
    assert len({*here}) == 2
