"""`abono catalog move`: preview, file, apply (CAT-5)."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from abono.domain.contracts import batches, terms
from abono.platform.models import Event
from tests.remembered import lately
from tests.versions import new_versions
from tests.world import DAY, Tenant, make_padaria


@pytest.fixture
def padaria(db: None, gateway: object) -> Tenant:
    tenant = make_padaria(now=lately() - 10 * DAY)
    new_versions(now=lately() - 9 * DAY)
    return tenant


def run(*words: str) -> str:
    out = StringIO()
    call_command("catalog", "move", *words, stdout=out)
    return out.getvalue()


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_a_preview_is_told_written_and_applied_by_its_id(padaria: Tenant, tmp_path: Path) -> None:
    file, number = tmp_path / "preview.csv", padaria.contract.number
    said = run(
        "--plan", "specialist", "--package", "brl-100", "--contract", number, "--preview", "--csv", str(file)
    )
    assert f"Padaria Sol Ltda., {number}: R$700.00 → R$750.00 a month" in said.replace("\xa0", "")
    assert "specialist v1 → specialist v2; brl-100 v1 → brl-100 v2; session prices:" in said
    [row] = list(csv.DictReader(StringIO(file.read_text())))
    assert (row["monthly_before"], row["monthly_after"], row["plan_after"]) == (
        "700.00",
        "750.00",
        "specialist v2",
    )
    assert not terms.ahead().exists()

    batch = said.split()[-1]
    assert "1 contracts go on with the newer versions" in run("--apply", batch)
    assert terms.ahead().exists()
    assert run("--apply", batch) == "Applied before; nothing more to do.\n"
    [event] = Event.objects.filter(name="contract.versions_promised")
    assert event.actor.startswith("shell")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--preview",),
        ("--plan", "specialist"),
        ("--plan", "specialist", "--preview", "--apply", "bat_1"),
        ("--apply", "bat_1"),
        ("--plan", "nothing", "--preview"),
        ("--plan", "specialist", "--preview", "--contract", "2026-999999-9"),
    ],
)
def test_what_makes_no_sense_is_refused(padaria: Tenant, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*words)
    assert batches.newest() == []
