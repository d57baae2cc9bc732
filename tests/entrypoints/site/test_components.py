"""The style page stands for the components: it draws each of them with the templates that the pages use."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.template import engines
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from abono.domain.contracts.states import State as ContractState
from abono.domain.invoicing.states import Status as InvoiceStatus
from abono.domain.payments.states import State as AttemptState
from abono.entrypoints.site import errors, flash, navigation
from abono.entrypoints.site.design import comparison, words
from abono.entrypoints.site.style.views import SampleVisit

# No test here is marked for the database: a page that asks it fails.

FRAMES = ("", "?part=public", "?part=confirm", "?profile=viewer&restricted=1", "?profile=agent")
PAGES = [f"/{language}/style/{frame}" for language in ("es", "pt-br", "en") for frame in FRAMES]


class Page(HTMLParser):
    """What a page is made of: tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str, *tags: str) -> list[str]:
        return [own[attribute] for tag, own in self.tags if attribute in own and (not tags or tag in tags)]


def opened(address: str) -> Page:
    response = Client().get(address)
    assert response.status_code == 200
    return Page(response.content.decode())


def drawn(source: str, **context: object) -> str:
    return engines["django"].from_string("{% load site i18n %}" + source).render(context)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_nothing_that_the_content_security_policy_refuses(address: str) -> None:
    page = opened(address)
    assert page.values("style") == []
    assert [own for tag, own in page.tags if tag == "style" or (tag == "script" and "src" not in own)] == []
    assert [name for _tag, own in page.tags for name in own if name.startswith("on")] == []
    assert [link for link in page.values("src") + page.values("href", "link") if "//" in link] == []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_its_landmarks_and_every_id_once(address: str) -> None:
    page = opened(address)
    ids = page.values("id")
    targets = [link[1:] for link in page.values("href", "a") if len(link) > 1 and link.startswith("#")]
    named = " ".join(
        page.values("aria-labelledby") + page.values("aria-describedby") + page.values("for", "label")
    )
    assert page.values("lang", "html") == [address.split("/")[1]]
    assert [tag for tag, _own in page.tags if tag in {"main", "h1"}] == ["main", "h1"]
    assert sorted(ids) == sorted(set(ids))
    assert {*targets, *named.split(), *page.values("popovertarget"), *page.values("data-dialog")} <= set(ids)


def test_the_title_is_in_the_window_and_in_the_heading() -> None:
    html = Client().get("/en/style/?part=public").content.decode()
    assert "<title>Prices · abono</title>" in html
    assert "<h1>Prices</h1>" in html


def test_every_page_offers_itself_in_the_other_languages() -> None:
    page = opened("/es/style/?profile=viewer")
    assert {"/pt-br/style/?profile=viewer", "/en/style/?profile=viewer"} <= set(page.values("href", "a"))


# The menu.


def labels(visit: SampleVisit, path: str = "/") -> list[str]:
    groups = navigation.menu(visit, path=path, address=lambda name: f"/{name}/")
    return [str(item.label) for group in groups for item in group.items]


@pytest.mark.rule("SEE-2", "ACC-1")
def test_the_menu_has_what_the_profile_may_open_and_nothing_else() -> None:
    own = ["Notices", "Profile"]
    assert labels(SampleVisit(profile="agent")) == own
    assert labels(SampleVisit(profile="viewer")) == [
        *("Home", "Usage", "Campaigns", *own),
        "Financial information",
    ]
    assert labels(SampleVisit(profile="administrator")) == [
        *("Home", "Usage", "Campaigns", *own),
        *("Plans and contracts", "Financial information", "My Wallet"),
        *("Organization", "People", "API keys"),
    ]


def test_a_restricted_contract_locks_usage_with_a_reason_and_keeps_the_ways_to_pay() -> None:
    visit = SampleVisit(restricted=True)
    items = [item for group in navigation.menu(visit, path="/", address=str) for item in group.items]
    assert [str(item.label) for item in items if item.locked] == ["Usage", "Campaigns"]
    assert navigation.locked("portal:usage", restricted=True)
    assert not navigation.locked("portal:usage", restricted=False)
    assert not navigation.locked("portal:wallet", restricted=True)
    page = opened("/en/style/?restricted=1")
    assert "Opens again when the overdue invoice is paid." in page.text
    assert "This contract is restricted." in page.text


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/es/", "Home"),
        ("/es/settings/plans/", "Plans and contracts"),
        ("/es/settings/plans/2026-000042-7/", "Plans and contracts"),
        ("/es/elsewhere/", None),
    ],
)
def test_the_entry_of_a_page_is_current_on_the_pages_below_it_too(path: str, current: str | None) -> None:
    addresses = {"portal:home": "/es/", "portal:plans": "/es/settings/plans/"}
    groups = navigation.menu(
        SampleVisit(), path=path, address=lambda name: addresses.get(name, f"/es/{name}/")
    )
    marked = [str(item.label) for group in groups for item in group.items if item.current]
    assert marked == ([] if current is None else [current])


def test_the_number_of_unread_notices_stands_at_its_entry() -> None:
    groups = navigation.menu(replace(SampleVisit(), unread_notices=1_234), path="/", address=str)
    assert {str(i.label): i.count for g in groups for i in g.items if i.count} == {"Notices": 1_234}


# Components.


def test_every_state_has_a_word() -> None:
    nouns = {"contract": ContractState, "invoice": InvoiceStatus, "payment": AttemptState}
    for noun, states in nouns.items():
        for state in states:
            word, tone = words.status(noun, state.value)
            assert str(word)
            assert tone in {words.GOOD, words.WAIT, words.STOP, words.QUIET}
    assert drawn('{% status "invoice" "paid" %}') == '<span class="status good">Paid</span>'


class OneField(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="For invoices.")
    method = forms.ChoiceField(
        label="Pay with", widget=forms.RadioSelect, choices=[("card", "Card")], required=False
    )
    terms = forms.BooleanField(label="I accept")


def test_a_field_has_its_label_its_hint_and_its_error_tied_to_it() -> None:
    html = drawn("{% field form.email %}", form=OneField({"email": "ana@"}))
    page = Page(html)
    assert page.values("for", "label") == ["id_email"]
    assert page.values("aria-describedby", "input") == ["id_email_helptext id_email_error"]
    assert page.values("aria-invalid", "input") == ["true"]
    assert set(page.values("id", "p")) == {"id_email_helptext", "id_email_error"}


def test_choices_are_a_fieldset_and_a_tick_has_its_words_beside_it() -> None:
    form = OneField()
    choices = Page(drawn("{% field form.method %}", form=form))
    assert [tag for tag, _own in choices.tags][:2] == ["fieldset", "legend"]
    assert "(optional)" in choices.text
    assert Page(drawn("{% field form.terms %}", form=form)).tags[1][0] == "label"


def test_the_summary_of_errors_links_to_each_field_and_is_absent_when_all_is_well() -> None:
    wrong = Page(drawn("{% error_summary form %}", form=OneField({"email": "ana@"})))
    assert wrong.values("href", "a") == ["#id_email", "#id_terms"]
    assert "2 things need a look" in wrong.text
    assert drawn("{% error_summary form %}", form=OneField({"email": "a@b.co", "terms": "on"})).strip() == ""


def test_a_dialog_is_opened_by_a_link_that_works_without_it() -> None:
    page = opened("/en/style/")
    openers = [own for tag, own in page.tags if tag == "a" and "data-dialog" in own]
    assert [own["href"] for own in openers] == ["?part=confirm"]
    asked = opened("/en/style/?part=confirm")
    assert "Sending and licences stop at the end of the cycle." in asked.text


def test_what_people_typed_is_never_read_as_markup() -> None:
    typed = '<img src=x onerror="alert(1)">'
    for source in (
        "{% change typed typed %}",
        '{% empty typed "/" typed %}',
        '{% include "site/design/parts/_error.html" with what=typed why=typed reference=typed %}',
        '{% dialog "d" typed %}{{ typed }}{% enddialog %}',
        '{% include "site/design/parts/_payment_card.html" with brand=typed holder=typed last_four="1" expiry="1" status="saved" %}',
    ):
        assert "<img" not in drawn(source, typed=typed)


@pytest.mark.rule("LNG-1")
def test_figures_follow_the_language_of_the_page_and_the_zone_of_the_visit() -> None:
    late = datetime(2026, 11, 6, 2, 30, tzinfo=UTC)
    with translation.override("es"), timezone.override("America/Sao_Paulo"):
        assert drawn('{{ 123450|minor:"BRL" }}') == "R$\u00a01.234,50"
        assert (
            drawn('{{ 46300|micro:"USD" }} {{ 213404000|balance:"BRL" }}') == "US$\u00a00,0463 R$\u00a0213,40"
        )
        assert drawn("{{ at|day }} {{ at|moment }}", at=late) == "05/11/2026 05/11/2026\u00a023:30"
    with translation.override("en"):
        assert drawn("{{ n|number }} {{ n|percent }} {{ none|money }}", n=1_234, none=None) == "1,234 1,234% "


def test_a_comparison_has_one_cell_for_each_plan() -> None:
    plans = tuple(comparison.PlanColumn(code, code, "", "", "", "") for code in "ab")
    rows = (comparison.Row("Licences", (comparison.Cell("1"),)),)
    with pytest.raises(ValueError, match="1 cells for 2 plans"):
        comparison.PlanTable("Plans", plans, (comparison.RowGroup("All", rows),), "a")


def test_what_was_done_is_said_once_and_can_be_undone_when_there_is_a_way() -> None:
    asked = request()
    asked._messages = CookieStorage(asked)  # type: ignore[attr-defined]
    flash.done(asked, "The plan is <Expert> now.", undo_url="/undo/")
    flash.refused(asked, "The card was declined.")
    said = Page(drawn('{% include "site/frame/_messages.html" %}', messages=list(get_messages(asked))))
    assert "The plan is <Expert> now." in said.text
    assert said.values("action", "form") == ["/undo/"]
    assert said.values("role", "div") == ["status"]


# Pages for requests that end badly.


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_error_pages_are_drawn_with_their_status(status: int, language: str) -> None:
    response = Client(raise_request_exception=False).get(f"/{language}/style/?part={status}")
    page = Page(response.content.decode())
    assert response.status_code == status
    assert page.values("style") == []
    assert page.values("href", "link")


def request() -> HttpRequest:
    return RequestFactory().get("/en/x/")


def test_a_bug_is_logged_under_the_reference_that_the_person_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    records: list[logging.LogRecord] = []
    kept = logging.Handler()
    kept.emit = records.append  # type: ignore[method-assign]
    # Heard at the logger itself: whoever ran before may have left logging in another state.
    monkeypatch.setattr(errors.logger, "disabled", False)
    monkeypatch.setattr(errors.logger, "handlers", [kept])
    monkeypatch.setattr(logging.root.manager, "disable", 0)
    errors.logger._cache.clear()
    try:
        raise RuntimeError("a bug")
    except RuntimeError:
        page = Page(errors.server_error(request()).content.decode())
    (record,) = records
    reference = str(record.args[0]) if isinstance(record.args, tuple) else ""
    assert len(reference) == 14
    assert reference in page.text
    assert record.exc_info is not None


def test_the_page_of_a_bug_does_not_ask_the_manifest_of_static_files() -> None:
    page = Page(errors.server_error(request()).content.decode())
    assert "/static/site/tokens.css" in page.values("href", "link")
    assert page.values("src", "script") == []


def test_whoever_asks_too_often_is_told_how_long_to_wait() -> None:
    response = errors.too_many(request(), wait=timedelta(seconds=90))
    assert response.status_code == 429
    assert response["Retry-After"] == "90"
    assert "2 minutes" in response.content.decode()


def test_a_form_without_its_token_explains_itself() -> None:
    response = errors.expired_form(request(), reason="no cookie")
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()
