"""Documents and tables to take along: so many a minute of one person or key, whoever they are (S-14)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.entrypoints.site.access import ACCESS
from abono.platform.models import Rate
from abono.platform.web import download
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import signed_in, words
from tests.entrypoints.site.routes import POST_ONLY, address, ask
from tests.examples import first_by_day
from tests.world import Tenant

OF_SOMEBODY = sorted(
    name for name, rule in ACCESS.items() if (rule.members or rule.staff) and name not in POST_ONLY
)
LEADS = {
    "en": "You can take the next one in 30 seconds.",
    "es": "Puedes llevarte el siguiente en 30 segundos.",
    "pt-br": "Você pode levar o próximo em 30 segundos.",
}


@pytest.fixture(autouse=True)
def two_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FILES_PER_MINUTE", 2)


@pytest.mark.parametrize("language", first_by_day(LEADS))
def test_who_takes_file_after_file_waits_and_is_told_until_when(
    language: str, ana: Client, ids: dict[str, str]
) -> None:
    url = address("portal:invoice-pdf", ids).replace("/en/", f"/{language}/")
    assert [ana.get(url).status_code for _ in range(2)] == [200, 200]
    waits = ana.get(url)
    assert (waits.status_code, waits["Retry-After"]) == (429, "30")
    assert LEADS[language] in words(waits)
    assert ana.get(address("portal:financial", ids)).status_code == 200  # a page is no file
    assert signed_in("bruno@padaria.example").get(url).status_code == 200


def test_every_file_of_a_page_counts(ana: Client, olga: Client, ids: dict[str, str]) -> None:
    """Whatever any page answers with as a file."""
    files, counted = set(), set()
    for name in OF_SOMEBODY:
        client = olga if name.startswith("backoffice:") else ana
        if "attachment" in ask(client, name, ids).get("Content-Disposition", ""):
            files.add(name)
            counted |= (
                {name} if [ask(client, name, ids).status_code for _ in range(2)] == [200, 429] else set()
            )
        Rate.objects.all().delete()
    assert counted == files
    assert {
        "portal:usage-sends",
        "portal:invoice-pdf",
        "portal:credit-note-pdf",
        "backoffice:journal-csv",
    } < files


@pytest.mark.rule("API-3", part="429")
def test_every_document_of_the_api_counts_for_its_key_alone(padaria: Tenant, ids: dict[str, str]) -> None:
    sol, other = program(padaria.customer_id, "read"), program(padaria.customer_id, "read")
    invoice, note = f"/invoices/{ids['invoice_id']}/pdf", f"/credit-notes/{ids['credit_note_id']}/pdf"
    assert [sol.get(path).status_code for path in (invoice, note)] == [200, 200]
    for path in (invoice, note):
        waits = sol.get(path)
        assert (waits.status_code, waits.json()["code"]) == (429, "too_many_requests")
        assert waits["Retry-After"] == str(waits.json()["retry_after_s"])
        assert 25 <= waits.json()["retry_after_s"] <= 30
    assert sol.get("/invoices").status_code == 200
    assert other.get(note).status_code == 200
