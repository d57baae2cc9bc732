"""A customer is called one thing in the back office, in each language (LNG-1)."""

from __future__ import annotations

import polib
import pytest

from tools.messages import LOCALE


@pytest.mark.parametrize(
    ("catalog", "word", "other"), [("es", "cliente", "organización"), ("pt_BR", "cliente", "organização")]
)
def test_a_customer_is_called_a_customer(catalog: str, word: str, other: str) -> None:
    texts = polib.pofile(str(LOCALE / catalog / "LC_MESSAGES" / "django.po"))
    wrong = {}
    for text in texts:
        said = text.msgstr or " ".join(text.msgstr_plural.values())
        of_it = any("backoffice/" in file for file, _line in text.occurrences)
        if of_it and "ustomer" in text.msgid and (word not in said.lower() or other in said):
            wrong[text.msgid] = said
    assert wrong == {}
    assert texts.find("See as a customer").msgstr == "Ver como cliente"
