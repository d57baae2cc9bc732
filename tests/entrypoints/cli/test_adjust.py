"""`abono adjust`: preview, file, apply (CAT-13)."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from abono.domain.adjustments import queries as adjustments
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.platform.models import Event
from tests.adjustments import lately_known
from tests.remembered import lately
from tests.world import DAY, Tenant, make_padaria


@pytest.fixture
def padaria(db: None, gateway: object) -> Tenant:
    tenant = make_padaria(now=lately() - 10 * DAY)
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=lately())
    lately_known()  # a percent in each of twelve months
    return tenant


def run(*words: str) -> str:
    out = StringIO()
    call_command("adjust", *words, stdout=out)
    return out.getvalue()


@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
def test_a_preview_is_told_written_and_applied_by_its_id(padaria: Tenant, tmp_path: Path) -> None:
    file, number = tmp_path / "preview.csv", padaria.contract.number
    said = run(
        "--index", "IPCA", "--parts", "plan", "package", "--contract", number, "--preview", "--csv", str(file)
    )
    # 600.00 and 100.00 × 1.12682503
    assert f"Padaria Sol Ltda., {number}: R$700.00 → R$788.78 a month" in said.replace("\xa0", "")
    assert "× 1.12682503 of " in said
    rows = [*csv.DictReader(StringIO(file.read_text()))]
    assert [(row["price"], row["before"], row["after"]) for row in rows] == [
        ("plan", "600.00", "676.10"),
        ("package", "100.00", "112.68"),
    ]
    assert not Event.objects.filter(name="contract.adjusted").exists()

    adjustment = said.split()[-1]
    assert "The prices of 1 contracts rise on their days" in run("--apply", adjustment)
    assert run("--apply", adjustment) == "Applied before; nothing more to do.\n"
    [event] = Event.objects.filter(name="contract.adjusted")
    assert event.actor.startswith("shell")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--index", "IPCA"),
        ("--index", "IPCA", "--preview", "--apply", "adj_1"),
        ("--apply", "adj_1"),
        ("--index", "nothing", "--preview"),
        ("--index", "IPCA", "--until", "tomorrow", "--preview"),
    ],
)
def test_what_makes_no_sense_is_refused(padaria: Tenant, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*words)
    assert adjustments.newest() == []
