"""Documents and tables to take along: so many a minute of one person or key, whoever they are (S-14)."""

from __future__ import annotations

from collections.abc import Iterable

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
FILES = {  # of what is there in these tests: their Pix has no slip
    "backoffice:adjustment-csv",
    "backoffice:bank-file-content",
    "backoffice:contract-pdf",
    "backoffice:draft-pdf",
    "backoffice:fiscal-export-csv",
    "backoffice:index-csv",
    "backoffice:invoice-fiscal-file",
    "backoffice:invoices-csv",
    "backoffice:journal-csv",
    "backoffice:reconciliation-csv",
    "backoffice:statement-content",
    "backoffice:statement-csv",
    "backoffice:versions-csv",
    "backoffice:withheld-proof",
    "portal:contract-pdf",
    "portal:credit-note-pdf",
    "portal:financial-csv",
    "portal:fiscal-document",
    "portal:invoice-pdf",
    "portal:usage-csv",
    "portal:usage-pdf",
    "portal:usage-sends",
    "portal:withheld-proof",
    "portal:year-csv",
    "portal:year-pdf",
}
LEADS = {
    "en": "You can take the next one in 30 seconds.",
    "es": "Puedes llevarte el siguiente en 30 segundos.",
    "pt-br": "Você pode levar o próximo em 30 segundos.",
}


@pytest.fixture(autouse=True)
def two_a_minute(cast: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FILES_PER_MINUTE", 2)


@pytest.mark.parametrize("language", first_by_day(LEADS))
def test_who_takes_file_after_file_waits_and_is_told_until_when(
    language: str, ana: Client, ids: dict[str, str]
) -> None:
    url = address("portal:invoice-pdf", ids).replace("/en/", f"/{language}/")
    assert [ana.get(url).status_code for _ in range(2)] == [200, 200]
    waits = ana.get(url)
    assert (waits.status_code, int(waits["Retry-After"]) in range(25, 31)) == (429, True)
    assert LEADS[language] in words(waits)
    assert ana.get(address("portal:financial", ids)).status_code == 200  # a page is no file
    assert signed_in("bruno@padaria.example").get(url).status_code == 200


def answered_with_files(names: Iterable[str], ana: Client, olga: Client, ids: dict[str, str]) -> set[str]:
    """Of these pages those that answer with a file, each of which counts."""
    files = set()
    for name in names:
        client = olga if name.startswith("backoffice:") else ana
        if "attachment" in ask(client, name, ids).get("Content-Disposition", ""):
            files.add(name)
            assert [ask(client, name, ids).status_code for _ in range(2)] == [200, 429], name
        Rate.objects.all().delete()
    return files


def test_every_file_of_a_page_counts(ana: Client, olga: Client, ids: dict[str, str]) -> None:
    assert answered_with_files(FILES, ana, olga, ids) == FILES


@pytest.mark.nightly  # it asks for all pages to see which are files
def test_no_other_page_answers_with_a_file(ana: Client, olga: Client, ids: dict[str, str]) -> None:
    assert answered_with_files(OF_SOMEBODY, ana, olga, ids) == FILES


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
