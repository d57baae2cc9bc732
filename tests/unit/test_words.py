"""The catalogs of messages: whole, with the placeholders of the original, and one word for each idea."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polib
import pytest

from abono.entrypoints.site.navigation import ENTRIES, SETTINGS
from tools.messages import CATALOGS, LOCALE

# What Spanish or Portuguese write as English does, and names.
SAME = {
    "E-mail",
    "InteractionZ",
    "Menu",
    "No",
    "Portal",
    "Roles",
    "Status",
    "Factor",
    "PDF",
    "Pix",
    "XML",
    "Total",
    "Volume",
    "contract %(number)s",
    "{hours} h {minutes} min",
    "{minutes} min",
    "{seconds} s",
}

# Each idea of part 0 of the rules has one word (LNG-1): English, Spanish, Portuguese, as patterns.
WORDS = (
    (r"administrator", r"administrador", r"administrador"),
    (r"(?<!beyond the )channel", r"canal", r"cana[il]"),
    (r"(?<!beyond the )channel package", r"paquetes? de canales", r"pacotes? de canais"),
    (r"contract(?!ed)", r"contrat", r"contrat"),
    (r"cycle", r"ciclo", r"ciclo"),
    (r"financial contact", r"responsable financiero", r"responsável financeiro"),
    (r"interactionz", r"InteractionZ", r"InteractionZ"),
    (r"invoice", r"factura", r"fatura"),
    (r"licences?", r"licencia", r"licença"),
    (r"notice", r"aviso", r"aviso"),
    (r"organization", r"organizaci", r"organizaç"),
    (r"(overage|beyond the (channel )?package)", r"excedente", r"excedente"),
    (r"(?<!beyond the )(?<!beyond the channel )package", r"paquete", r"pacote"),
    (r"payment gateway", r"pasarela de pago", r"gateway de pagamento"),
    (r"plan", r"plan", r"plano"),
    (r"session price", r"valor(es)? de sesión", r"valor(es)? de sessão"),
    (r"slip", r"boleto", r"boleto"),
    (r"software plan", r"plan(es)? de software", r"planos? de software"),
    (r"usage", r"\buso\b", r"\buso\b"),
    (r"users?\b", r"usuario", r"usuário"),
    (r"wallet", r"billetera", r"carteira"),
)

# Pages and buttons that the help article names, and the menu: not a letter else.
NAMED = {
    "Home": ("Inicio", "Início"),
    "Usage": ("Uso", "Uso"),
    "Campaigns": ("Campañas", "Campanhas"),
    "Notices": ("Avisos", "Avisos"),
    "People": ("Personas", "Pessoas"),
    "Organization": ("Organización", "Organização"),
    "API keys": ("Claves de API", "Chaves de API"),
    "Profile": ("Perfil", "Perfil"),
    "Settings": ("Ajustes", "Configurações"),
    "Plans and contracts": ("Planes y contratos", "Planos e contratos"),
    "Financial information": ("Información financiera", "Informações financeiras"),
    "My Wallet": ("Mi billetera", "Minha carteira"),
    "Manage cards": ("Gestionar tarjetas", "Gerenciar cartões"),
    "Add card": ("Agregar tarjeta", "Adicionar cartão"),
}

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary"
_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}|%%")
_ADDRESS = re.compile(r"/v1/\S+")
_TAG = re.compile(r"<[^<>]+>")


@pytest.fixture(scope="module", params=CATALOGS)
def catalog(request: pytest.FixtureRequest) -> polib.POFile:
    return read(LOCALE, request.param)


@cache
def read(folder: Path, name: str) -> polib.POFile:
    return polib.pofile(str(folder / name / "LC_MESSAGES" / "django.po"))


def texts(entry: polib.POEntry) -> list[str]:
    """What a message says: one text, or one for each form of the plural."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def said(catalog: polib.POFile, msgid: str) -> str:
    entry = catalog.find(msgid, msgctxt=False)
    assert entry is not None, f"no message {msgid!r}"
    return str(entry.msgstr)


@pytest.mark.rule("LNG-1")
def test_every_message_is_translated(catalog: polib.POFile) -> None:
    open_ones = [entry.msgid for entry in catalog if entry.fuzzy or not entry.translated()]
    left_in_english = [entry.msgid for entry in catalog if entry.msgid in texts(entry)]
    assert open_ones == []
    assert set(left_in_english) <= SAME


@pytest.mark.parametrize("marks", [_PLACEHOLDER.findall, _TAG.findall], ids=["placeholders", "mark-up"])
def test_a_translation_has_what_its_original_has(
    catalog: polib.POFile, marks: Callable[[str], list[str]]
) -> None:
    for entry in catalog:
        originals = [Counter(marks(text)) for text in (entry.msgid, entry.msgid_plural) if text]
        for text in texts(entry):
            assert Counter(marks(text)) in originals, text


def test_a_translation_ends_as_its_original_does(catalog: polib.POFile) -> None:
    """Full stops, colons and spaces at the ends: pages put texts side by side."""
    for entry in catalog:
        end = re.compile(r"[\s.:?…]*\Z")
        for original, text in zip((entry.msgid, entry.msgid_plural), texts(entry), strict=False):
            assert end.search(text)[0] == end.search(original)[0], text  # type: ignore[index]
            assert text[0].isspace() == original[0].isspace(), text


@pytest.mark.parametrize(
    ("name", "counts"), [("es", {0: 1, 1: 0, 2: 1, 1_000_000: 1}), ("pt_BR", {0: 0, 1: 0, 2: 1})]
)
def test_plurals_follow_the_language(name: str, counts: dict[int, int]) -> None:
    catalog = read(LOCALE, name)
    forms, rule = re.fullmatch(
        r"nplurals=(\d); plural=\((n [!>]=? 1)\);", catalog.metadata["Plural-Forms"]
    ).groups()  # type: ignore[union-attr]
    assert {n: int({"n != 1": n != 1, "n > 1": n > 1}[rule]) for n in counts} == counts
    assert all(len(texts(entry)) == int(forms) for entry in catalog if entry.msgid_plural)


@pytest.mark.rule("LNG-1")
@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0])
@pytest.mark.parametrize("name", CATALOGS)
def test_one_word_for_one_idea(name: str, words: tuple[str, str, str]) -> None:
    english, *others = words
    expected = re.compile(others[CATALOGS.index(name)], re.IGNORECASE)
    for entry in read(LOCALE, name):
        original = _PLACEHOLDER.sub("", _ADDRESS.sub("", _TAG.sub("", entry.msgid)))
        if re.search(rf"\b{english}", original, re.IGNORECASE):
            for text in texts(entry):
                assert expected.search(_PLACEHOLDER.sub("", text)), f"{entry.msgid!r}: {text!r}"


def not_said(language: str) -> list[str]:
    """The last column of a glossary's table."""
    rows = [line.split("|") for line in (GLOSSARY / f"{language}.md").read_text().splitlines()]
    cells = [row[3].strip() for row in rows if len(row) == 5][2:]
    return [phrase for cell in cells for phrase in cell.split(" · ")]


@pytest.mark.parametrize("language", ["en", *CATALOGS])
def test_no_text_says_what_the_glossary_does_not(language: str) -> None:
    entries = read(LOCALE, CATALOGS[0] if language == "en" else language)
    for phrase in not_said(language.lower().replace("_", "-")):
        pattern = rf"\b{phrase}\b" if phrase[0].isalpha() else re.escape(phrase)
        for entry in entries:
            for text in [entry.msgid, entry.msgid_plural] if language == "en" else texts(entry):
                assert not re.search(pattern, text, re.IGNORECASE), f"{phrase!r} in {text!r}"


@pytest.mark.rule("LNG-1")
@pytest.mark.parametrize("msgid", NAMED)
@pytest.mark.parametrize("name", CATALOGS)
def test_pages_and_buttons_have_their_names(name: str, msgid: str) -> None:
    assert said(read(LOCALE, name), msgid) == NAMED[msgid][CATALOGS.index(name)]


def test_the_menu_has_no_other_names() -> None:
    labels = {str(entry.label) for entry in ENTRIES} | {str(SETTINGS)}
    assert labels <= set(NAMED)


@pytest.mark.rule("WAL-2")
def test_the_wallet_keeps_the_name_that_the_help_article_gives_it() -> None:
    page = read(LOCALE, "es").find("My Wallet", msgctxt="page title")
    assert page is not None
    assert "My Wallet" in page.msgstr
