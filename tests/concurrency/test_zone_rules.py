"""The rules of a time zone change while contracts run, on one host earlier than on the other (TIM-6)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.invoicing.models import Invoice, InvoiceLine
from abono.domain.metering import queries as metering
from abono.flows.check_books import check_books, overdue_renewals
from tests.concurrency.host import Host
from tests.examples import first_by_day
from tests.world import DAY, HOUR, JUNE_1, load_catalog

MIDNIGHTS = [  # in São Paulo, at three hours behind UTC, as everybody was told when the contract was made
    datetime(2026, month, 1, 3, tzinfo=UTC) for month in (6, 7, 8, 9)
]
MINUTE = timedelta(minutes=1)


def compiled(folder: Path, offset_after: str) -> Path:
    """São Paulo, whose offset becomes another one on 15 June 2026, as a folder of zone files."""
    zic = shutil.which("zic") or "/usr/sbin/zic"  # Debian: libc-bin, outside the path of plain users
    source = folder.with_suffix(".zone")
    source.write_text(
        "Zone America/Sao_Paulo -3:00 - -03 2026 Jun 15\n" + f"\t\t\t{offset_after} - NEW\n",
        encoding="utf-8",
    )
    subprocess.run([zic, "-d", str(folder), str(source)], check=True)
    return folder


@pytest.fixture
def before(transactional_db: None, tmp_path: Path) -> Iterator[Host]:
    """A host that does not know of the change."""
    load_catalog()
    host = Host(compiled(tmp_path / "before", "-3:00"))
    yield host
    host.kill()


@pytest.fixture(params=first_by_day(["-2:45", "-3:15", "-4:00"]))
def after(
    request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path
) -> Iterator[tuple[Host, datetime]]:
    """A host that does, and when September begins there."""
    hours, minutes = request.param.removeprefix("-").split(":")
    host = Host(compiled(tmp_path / "after", request.param))
    yield host, datetime(2026, 9, 1, int(hours), int(minutes), tzinfo=UTC)
    host.kill()


@pytest.mark.rule("TIM-4", part="no day twice or not at all")
@pytest.mark.rule("INV-4", part="never changes")
@pytest.mark.rule("TIM-6")
@pytest.mark.timeout(180)
def test_a_boundary_that_was_promised_stands_when_the_rules_of_the_zone_change(
    before: Host, after: tuple[Host, datetime]
) -> None:
    updated, september = after
    contract_id, customer_id = before.call("sign", now=JUNE_1)
    around = [MIDNIGHTS[1] - MINUTE, MIDNIGHTS[1] + MINUTE]
    days = [[host.call("local", moment=moment) for moment in around] for host in (before, updated)]
    assert days[0] == ["2026-06-30", "2026-07-01"] != days[1]  # what the whole test stands on

    # The overage of June is paid on the host with the new rules, and sending resumes.
    assert "BLOCKED" in updated.call("use", contract_id=contract_id, count=370, at=JUNE_1 + 20 * DAY)[-1]
    assert (
        updated.call(
            "pay_interim", contract_id=contract_id, customer_id=customer_id, now=JUNE_1 + 20 * DAY + HOUR
        )
        == "paid"
    )
    for at in (MIDNIGHTS[1] - MINUTE, MIDNIGHTS[1], MIDNIGHTS[1] + 20 * MINUTE):
        assert updated.call("use", contract_id=contract_id, count=1, at=at) == ["HELD"]

    # July begins as promised, on the host with the new rules; August again where nobody knows them.
    assert updated.call("project", contract_id=contract_id) == [m.isoformat() for m in MIDNIGHTS[1:3]]
    assert updated.call("renew", now=MIDNIGHTS[1]) == 1
    assert before.call("use", contract_id=contract_id, count=1, at=MIDNIGHTS[2] + MINUTE) == ["HELD"]
    assert before.call("renew", now=MIDNIGHTS[2]) == 1

    # Both call each cycle by the same day, and an invoice's paper is the same wherever it is written.
    whose = {"contract_id": contract_id, "customer_id": customer_id}
    known = before.call("days", **whose)
    assert known["cycles"][-3:] == ["2026-08-01", "2026-07-01", "2026-06-01"]
    assert updated.call("days", **whose) == known

    contract = contracts.get(UUID(contract_id))
    assert (contract.cycle_start, contract.cycle_end) == (MIDNIGHTS[2], september)
    cycles = metering.cycles(contract.id)[::-1]
    assert [cycle.cycle.start for cycle in cycles] == [*MIDNIGHTS[:3], september]
    assert [cycle.cycle.end for cycle in cycles[:3]] == [*MIDNIGHTS[1:3], september]
    fees = InvoiceLine.objects.filter(kind="package").order_by("period_start")
    assert [(line.period_start, line.period_end) for line in fees] == [
        *pairwise(MIDNIGHTS[:3]),
        (MIDNIGHTS[2], september),
    ]
    assert Invoice.objects.filter(reason="interim", state="paid").count() == 1
    assert check_books() == []
    assert overdue_renewals(now=september) == []
