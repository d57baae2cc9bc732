"""Fiscal documents (INV-11): what is to be issued is listed and exported once, what was issued comes back, and how it stands follows
from the invoice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest

from abono.domain.fiscal import queries
from abono.domain.fiscal.errors import (
    AnsweredOtherwise,
    FileOfNothing,
    FileRefused,
    IssuedInFuture,
    KeyOfAnother,
    KeyTaken,
    KeyWrong,
    NoFiscalDocuments,
    NothingToIssue,
    NotIssued,
    NotToBeIssued,
    NumberDiffers,
    NumberMissing,
    OfAnotherBuyer,
    PdfWrong,
    WhyMissing,
    XmlWrong,
)
from abono.domain.fiscal.models import Document, Return
from abono.domain.fiscal.rules import MOST_PDF_BYTES, MOST_XML_BYTES
from abono.domain.fiscal.states import Did, Part, Said, Standing
from abono.domain.fiscal.types import Answer
from abono.domain.invoicing import queries as invoices
from abono.domain.notices.models import Notice
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import FISCAL_CODES, FISCAL_DOCUMENTS
from abono.domain.withholding.actions import set_rate
from abono.domain.withholding.types import NewRate
from abono.flows.corrections.reissue import reissue_invoice
from abono.flows.fiscal.answer import answer, list_again
from abono.flows.fiscal.export import write_export
from abono.flows.fiscal.take import take
from abono.platform import clock
from abono.platform.models import Event
from tests.fiscal import JUNE_5, PDF, issued, kept, key, xml
from tests.scenarios.taking_back import PLAN, newest, take_back, unpaid_renewal
from tests.world import DAY, JUNE_1, Tenant, load_catalog, make_padaria, sign

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalog(gateway):
    load_catalog()


@pytest.fixture
def first():
    """The first invoice of Padaria Sol, 1,349.00, paid, of which a document is to be issued."""
    kept()
    return newest(make_padaria())


def tenant_of(invoice):
    return Tenant(invoice.customer_id, invoice.contract_id, {})


def exported():
    return write_export(language="en", actor="olga", real=clock.now())


def told(invoice, given):
    return answer(invoice_id=invoice.id, given=given, actor="olga", real=clock.now())


def stands(invoice):
    found = queries.stands(invoices.get(invoice.id))
    return None if found is None else found.standing


def taken(content, name="notas.csv"):
    return take(name=name, content=content, actor="olga", real=clock.now())


def csv(*rows, head="reference;state;number;key;issued_on;reason"):
    return "\n".join([head, *rows]).encode()


@pytest.mark.rule("INV-11", part="listed and exported")
def test_what_is_to_be_issued_is_exported_once_with_its_codes_and_can_be_read_for_ever(first):
    set_value(
        setting=FISCAL_CODES,
        value=[
            {"fiscal_type": "licensing", "item": "1.05", "cnae": "6203-1"},
            {"fiscal_type": "licensing", "item": "1.07", "kind": "activation"},
        ],
        actor="olga",
        why="a law",
        now=JUNE_1 - 30 * DAY,
    )
    irrf = NewRate(
        "IRRF", Decimal("1.5"), JUNE_1.date(), country="BR", buyer="company", fiscal_type="licensing"
    )
    set_rate(irrf, customer_id=None, why="a law", actor="olga", now=JUNE_1)
    sandbox = sign(sandbox=True)
    assert sandbox is not None
    assert (queries.to_issue(limit=9), queries.count_to_issue(), stands(first)) == (
        [first.id],
        1,
        Standing.TO_ISSUE,
    )
    made = exported()
    assert (made.number, made.documents, made.cancels) == (1, 1, 0)
    [one], _cancels = queries.of_export(made.id)
    assert one.asked["reference"] == first.title
    assert one.asked["amount_minor"] == one.amount.minor == 1_349_00
    buyer = one.asked["buyer"]
    assert (buyer["tax_id"], buyer["street"], buyer["postal_code"]) == (
        "11222333000181",
        "Avenida Paulista",
        "01310200",
    )
    assert [(tax["name"], tax["amount_minor"]) for tax in one.asked["withheld"]] == [
        ("IRRF", 18_74)
    ]  # 1,249.00
    lines = [(line["kind"], line["item"], line["cnae"], line["amount_minor"]) for line in one.asked["lines"]]
    assert lines == [
        ("plan", "1.05", "6203-1", 600_00),
        ("package", "", "", 100_00),
        ("activation", "1.07", "", 649_00),
    ]
    assert one.asked["lines"][2]["description"].startswith("Ativação")  # the seller issues in Brazil
    assert (stands(first), queries.to_issue(limit=9)) == (Standing.EXPORTED, [])
    with pytest.raises(NothingToIssue):
        exported()
    assert [one.number for one in queries.exports(limit=9)] == [1]


@pytest.mark.rule("INV-11", part="listed and exported")
def test_the_setting_of_its_day_says_whether_and_when_an_invoice_gets_one():
    padaria = make_padaria()
    first = newest(padaria)
    with pytest.raises(NoFiscalDocuments):
        exported()
    with pytest.raises(NoFiscalDocuments):
        told(first, issued())
    kept("paid")
    assert stands(first) is Standing.TO_ISSUE
    owing = unpaid_renewal(padaria)
    assert (stands(owing), queries.to_issue(limit=9)) == (None, [first.id])
    set_value(setting=FISCAL_DOCUMENTS, value="none", actor="olga", why="no more", now=clock.now() + DAY)
    assert queries.to_issue(limit=9) == [first.id]


@pytest.mark.rule("INV-11", part="comes back")
@pytest.mark.rule("INV-11", part="state")
def test_what_was_issued_stands_beside_the_invoice_is_told_once_and_never_changes(first):
    exported()
    document, did = told(first, issued(xml=xml(), pdf=PDF))
    assert (did, document.number, document.key, document.series) == (Did.ISSUED, "1", key(), "")
    assert queries.content(first.id, Part.PDF)[1] == PDF
    assert queries.content(first.id, Part.XML)[1] == xml()
    assert told(first, issued(xml=xml(), pdf=PDF))[1] is Did.KNOWN
    assert told(first, issued(verification="AB12"))[1] is Did.ADDED
    for other in (issued(2), issued(pdf=b"%PDF-1.7 another"), Answer(Said.REFUSED, why="no")):
        with pytest.raises(AnsweredOtherwise):
            told(first, other)
    assert stands(first) is Standing.ISSUED
    [notice] = Notice.objects.filter(kind="fiscal_document_issued")
    assert notice.facts["fiscal_number"] == "1"
    names = (
        Event.objects.filter(name__startswith="fiscal_document.")
        .order_by("id")
        .values_list("name", flat=True)
    )
    assert list(names) == ["fiscal_document.exported", "fiscal_document.issued", "fiscal_document.added"]


@pytest.mark.rule("INV-11", part="comes back")
def test_an_xml_says_all_that_nobody_typed(first):
    document, _did = told(first, Answer(Said.ISSUED, xml=xml(7)))
    assert (document.number, document.key, document.issued_on) == ("7", key(7), JUNE_5)
    assert (document.export_id, document.amount.minor) == (None, 1_349_00)


def bomb():
    inside = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    return xml(before=f'<!DOCTYPE NFSe [<!ENTITY l0 "lol">{inside}]>').replace(b"Fatura", b"&l8;")


WRONG = {
    "a wrong check digit": (issued(key=key()[:-1] + str((int(key()[-1]) + 1) % 10)), KeyWrong),
    "a key of no form": (issued(key=key()[:-1]), KeyWrong),
    "a key of another issuer": (issued(key=key(issuer="11222333000181")), KeyOfAnother),
    "another number than the key's": (issued(number="2"), NumberDiffers),
    "no number": (issued(number="", key=""), NumberMissing),
    "a day to come": (issued(issued_on=date(2999, 1, 1)), IssuedInFuture),
    "no reason": (Answer(Said.REFUSED, why=" "), WhyMissing),
    "no PDF": (issued(pdf=b"MZ"), PdfWrong),
    "too large a PDF": (issued(pdf=PDF + b" " * MOST_PDF_BYTES), PdfWrong),
    "no XML": (issued(xml=b"<NFSe"), XmlWrong),
    "an XML that grows": (issued(xml=bomb()), XmlWrong),
    "an XML that leads elsewhere": (
        issued(xml=xml(before='<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>')),
        XmlWrong,
    ),
    "too large an XML": (issued(xml=xml() + b" " * MOST_XML_BYTES), XmlWrong),
    "too deep an XML": (issued(xml=b"<a>" * 100 + b"</a>" * 100), XmlWrong),
    "an XML for another buyer": (issued(xml=xml(buyer="99888777000166")), OfAnotherBuyer),
    "an XML of another number": (issued(1, key="", xml=xml(2)), NumberDiffers),
    "a cancellation of what was not issued": (Answer(Said.CANCELLED, why="a mistake"), NotIssued),
}


@pytest.mark.rule("INV-11", part="comes back")
def test_what_cannot_be_right_is_refused_and_changes_nothing(first):
    for given, why in WRONG.values():
        with pytest.raises(why):
            told(first, given)
    assert not Document.objects.exists()


@pytest.mark.rule("INV-11", part="state")
def test_an_invoice_that_is_taken_back_has_its_document_cancelled_and_what_is_left_issued_anew(first):
    exported()
    told(first, issued())
    take_back(first, (PLAN, 100_00))
    assert stands(first) is Standing.TO_CANCEL
    made = exported()
    assert (made.number, made.documents, made.cancels) == (2, 0, 1)
    with pytest.raises(NothingToIssue):
        exported()
    assert told(first, Answer(Said.CANCELLED, number="1", why="replaced"))[1] is Did.CANCELLED
    assert told(first, Answer(Said.CANCELLED, number="1", why="replaced"))[1] is Did.KNOWN
    assert stands(first) is Standing.TO_ISSUE
    [again], _cancels = queries.of_export(exported().id)
    assert again.amount.minor == 1_249_00
    with pytest.raises(KeyTaken):
        told(first, issued())
    assert told(first, issued(2))[0].amount.minor == 1_249_00
    assert stands(first) is Standing.ISSUED


@pytest.mark.rule("INV-11", part="state")
def test_a_cancelled_invoice_gets_none_and_one_on_its_way_is_to_be_cancelled(first):
    exported()
    owing = unpaid_renewal(tenant_of(first))
    anew = reissue_invoice(invoice_id=owing.id, why="a name", actor="olga", now=owing.issued_at + DAY)
    assert (stands(owing), stands(anew)) == (None, Standing.TO_ISSUE)
    with pytest.raises(NotToBeIssued):
        told(owing, issued())
    exported()
    third = reissue_invoice(invoice_id=anew.id, why="a name", actor="olga", now=owing.issued_at + DAY)
    assert stands(anew) is Standing.TO_CANCEL
    assert told(anew, issued())[1] is Did.ISSUED  # it was issued meanwhile: that is so
    assert stands(anew) is Standing.TO_CANCEL
    told(anew, Answer(Said.CANCELLED, why="the invoice is"))
    assert (stands(anew), stands(third)) == (Standing.CANCELLED, Standing.TO_ISSUE)


@pytest.mark.rule("INV-11", part="state")
def test_what_is_refused_is_issued_after_all_or_listed_again(first):
    exported()
    assert told(first, Answer(Said.REFUSED, why="E0312: the city is missing"))[1] is Did.REFUSED
    assert (stands(first), queries.refused(limit=9)[0].why) == (
        Standing.REFUSED,
        "E0312: the city is missing",
    )
    list_again(invoice_id=first.id, actor="olga", real=clock.now())
    assert stands(first) is Standing.TO_ISSUE
    with pytest.raises(NotIssued):
        list_again(invoice_id=first.id, actor="olga", real=clock.now())
    assert exported().number == 2
    told(first, Answer(Said.REFUSED, why="again"))
    assert told(first, issued())[1] is Did.ISSUED
    assert queries.newest(first.id).why == ""


@pytest.mark.rule("INV-11", part="comes back")
def test_a_file_is_taken_whole_or_not_at_all_and_once(first):
    padaria = tenant_of(first)
    second = unpaid_renewal(padaria)
    exported()
    bad = csv(
        f"{first.title};issued;1;{key()};05/06/2026;",
        f"{second.title};issued;2;{key(1)};2026-06-05;",
        "A-999999;issued;3;;2026-06-05;",
        f"{first.title};sold;;;;",
    )
    with pytest.raises(FileRefused) as refused:
        taken(bad)
    assert [(one.line, one.why.code) for one in refused.value.bad] == [
        (3, "fiscal.number_differs"),
        (4, "fiscal.no_such_reference"),
        (5, "fiscal.line_not_read"),
    ]
    assert {one.state for one in Document.objects.all()} == {"exported"}
    good = csv(f"{first.title};issued;;{key()};05/06/2026;", f"{second.title};refused;;;;no city")
    file, new = taken(good)
    assert (new, file.lines) == (True, ((2, first.title, "issued"), (3, second.title, "refused")))
    assert (taken(good)[0].id, taken(good)[1]) == (file.id, False)
    assert Return.objects.count() == 1
    again, _new = taken(good + b"\n")
    assert [did for _line, _reference, did in again.lines] == ["known", "known"]
    for nothing in (b"", b"a;b\n1;2", b"reference;state\n", b"PK\x03\x04 no zip", b"\x00reference;state\n"):
        with pytest.raises(FileOfNothing):
            taken(nothing)


@pytest.mark.rule("INV-11", part="comes back")
def test_a_zip_has_xmls_and_pdfs_by_the_name_of_the_invoice_or_by_what_the_xml_says(first):
    second = unpaid_renewal(tenant_of(first))
    packed = BytesIO()
    with ZipFile(packed, "w") as files:
        files.writestr(
            "notas.csv",
            csv(
                f"{first.title};issued;1;;;AB12",
                head="reference;state;number;key;issued_on;verification_code",
            ),
        )
        files.writestr(f"{first.title}.xml", xml(1))
        files.writestr(f"{first.title}.pdf", PDF)
        files.writestr("nota-2.xml", xml(2, title=second.title))
        files.writestr("nota-2.pdf", PDF + b"2")
    file, _new = taken(packed.getvalue(), "notas.zip")
    assert sorted((reference, did) for _line, reference, did in file.lines) == [
        (first.title, "issued"),
        (second.title, "issued"),
    ]
    assert queries.content(second.id, Part.PDF)[1] == PDF + b"2"
    assert (queries.newest(first.id).key, queries.newest(first.id).verification) == (key(1), "AB12")
    with pytest.raises(FileRefused) as refused:
        taken(csv(f"{first.title};issued;1;;;", f"{first.title};cancelled;1;;;a mistake"))
    assert refused.value.bad[0].why.code == "fiscal.two_of_one"
    with pytest.raises(FileRefused):
        taken(xml(3), "nota.xml")  # it names no invoice
