"""What belongs to another customer does not exist for the asker, on every route, by every id (ACC-2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse

from abono.domain.billing_runs import actions as billing_runs
from abono.domain.contracts.models import Signup
from abono.domain.invoicing.models import Invoice
from abono.entrypoints.meter.app import HOT_PREFIXES
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from abono.platform.models import IdempotencyKey
from tests.adjustments import adjusting, lately_known
from tests.entrypoints.api.conftest import DOCUMENT, Program, contract_id, program
from tests.entrypoints.api.orders.ordering import ORDER
from tests.fakes import FakeGateway
from tests.stories import (
    announced,
    asked,
    bank_file,
    bank_statement,
    by_pix,
    contested,
    credited,
    fiscal_document,
    going_back,
    invited,
    linked,
    made_coupon,
    mandated,
    paid_out,
    received,
    supported,
)
from tests.versions import previewed
from tests.world import Tenant, quote

IDS = {"contract_id": "ctr", "invoice_id": "inv", "contract": "ctr", "customer": "cus"}
IDS |= {"decision_id": "unc", "decision": "unc", "order_id": "sig", "move_id": "bat"}
IDS |= {"change_id": "chg", "coupon_id": "cpn", "index_id": "idx", "adjustment_id": "adj"}
IDS |= {"payout_id": "pyo", "run_id": "run", "receipt_id": "rcp", "refund_id": "ref", "request_id": "prq"}
IDS |= {"dispute_id": "dsp", "file_id": "bfl", "mandate_id": "mdt", "export_id": "fsx"}
IDS |= {"statement_id": "stm", "movement_id": "mov"}
IDS |= {"arrangement_id": "arr", "person_id": "usr", "invitation_id": "ivt"}
IDS |= {"credit_note_id": "crn", "invoice": "inv", "approval_id": "apr", "link_id": "lnk"}
FILTERS = {"subject"}  # ids that only narrow a list of one's own: another's finds nothing
OTHERS = {"year": 2026, "day": "2026-06-01", "part": "pdf", "place": 1, "campaign": "easter", "id": "order-1"}
OF_NOBODY = {"/v1/reconciliations/{day}"}  # a day is nobody's, and only the seller's keys ask of it
QUERIES = {
    "at": "2026-06-02T00:00:00Z",
    "lines": "1:100",
    "plan": "specialist",
    "package": "brl-250",
    "currency": "BRL",
}
OFFER = f"{public('pln', uuid7())}:{public('pkg', uuid7())}:134900:70000"
LINES = [{"channel": "whatsapp", "kind": "company", "country": "BR", "count": 1}]
BODIES = {
    "RestrictionWanted": {"why": "x"},
    "TrialEnd": {"last": "2026-12-01", "why": "x"},
    "ChangeWanted": {"package": "brl-250"},
    "InvitationWanted": {"email": "eva@padaria.example", "profile": "agent"},
    "KeptLicencesWanted": {"kept": [{"group": "supervisors", "licences": 2}]},
    "OrganizationWanted": {
        "legal_name": "Sol",
        "tax_id": "11.222.333/0001-81",
        "language": "es",
        "address": {"street": "Rua Sol", "city": "São Paulo"},
        "financial_contact": {"name": "Ana", "email": "ana@padaria.example"},
    },
    "NewDateWanted": {},
    "ProfileWanted": {"profile": "agent"},
    "RemittanceAsked": {"gateway": "bank_boleto"},
    "FiscalDocumentTold": {"said": "issued"},
    "StatementAsked": {"name": "x", "content": "eHg="},
    "MovementPays": {"invoice": public("inv", uuid7())},
    "MovementLeftOut": {"why": "x"},
    "ReturnAsked": {"name": "a.ret", "content": ""},
    "PayoutAsked": {
        "gateway": "simulator",
        "reference": "po_1",
        "currency": "BRL",
        "arrived_minor": 1,
        "paid_on": "2026-06-03",
    },
    "CouponAsked": {"code": "sol10", "rate_micro": 100_000, "why": "a test"},
    "CouponCodeAsked": {"code": "sol10"},
    "ReasonAsked": {"why": "a test"},
    "TakingBackAsked": {"why": "a test"},
    "CampaignAsked": {"id": "easter", "lines": LINES},
    "EstimateAsked": {"lines": LINES},
    "OwnLimitsWanted": {},
    "ReserveWanted": {"card": None},
    "LeftAloneWanted": {"until": None, "why": "x"},
    "ClockAdvanceAsked": {"to": "2099-01-01T00:00:00Z"},
    "ReissueWanted": {"why": "a test"},
    "WhyWanted": {"why": "a test"},
    "DisputeWanted": {"why": "a test"},
    "EvidenceWanted": {"evidence": "a test"},
    "DisputeEndWanted": {"why": "a test", "outcome": "won"},
    "PayoutWanted": {"why": "a test", "way": "cash"},
    "WithholdingRateWanted": {"name": "IRRF", "rate_micro": 1, "from_date": "2026-06-01", "why": "a law"},
    "WithholdingProofWanted": {"reference": "1", "proof_date": "2026-06-01"},
    "ReceivedPaymentWanted": {"way": "cash", "amount_minor": 1, "received_date": "2026-06-01"},
    "ChangeRefusal": {"why": "a test"},
    "PaymentLinkWanted": {},
    "PaymentRequestWanted": {"means": "pix"},
    "ChangePixWanted": {"means": "pix"},
    "OrderPixAsked": {"offer": OFFER, "means": "pix", "terms_version": "2026-11"},
    "PaymentMeansWanted": {"means": "pix"},
    "MandateWanted": {"most_minor": 100_000},
    "CreditNoteWanted": {"why": "a test", "lines": [{"line": 1, "amount_minor": 1}]},
    "RefundWanted": {"because": "other", "why": "a test"},
    "OneOffWanted": {"lines": [{"name": "Training", "unit_price_micro": 1_000_000}]},
    "ReviewWord": {"why": "a test"},
    "IssueWanted": {"why": "a test", "seen": "0" * 32},
    "DecisionWanted": {"bill": False, "why": "a test"},
    "ArrangementAsked": {"kind": "plan", "price_micro": 0, "since": "2099-01-01", "why": "a test"},
    "ArrangementEnd": {"last": "2099-01-01", "why": "a test"},
    "IndexAsked": {"code": "IPCA"},
    "AdjustmentAsked": {"index": "IPCA", "currency": "BRL"},
    "WithdrawalWanted": {"why": "a test"},
    "AdjustmentWithdrawal": {"contract": public("ctr", uuid7()), "why": "a test"},
    "VersionMoveAsked": {"plan": "specialist"},
    "NoticeChoices": {"choices": [{"kind": "invoice_issued", "told": ["administrators"]}]},
    "OrderAsked": ORDER,
    "CardFieldsAsked": {"parent_origin": "https://shop.example"},
    "OrderPaymentAsked": {"offer": OFFER, "card": "ok", "terms_version": "2026-11"},
    "Extension": {"until": "2026-06-02T00:00:00Z"},
}


def calls() -> list[tuple[str, str, str]]:
    """Method, path and parameter of every id that some route takes."""
    return [
        (method, path, parameter["name"])
        for path, methods in DOCUMENT["paths"].items()
        if not path.startswith((*HOT_PREFIXES, "/inbound/"))  # tests/entrypoints/meter and inbound ask these
        for method, operation in methods.items()
        for parameter in operation["parameters"]
        if parameter["name"] in IDS
    ]


def test_every_route_that_takes_an_id_is_tried() -> None:
    paths = {path for _method, path, _name in calls()}
    served = {path for path in DOCUMENT["paths"] if not path.startswith(HOT_PREFIXES)}
    assert {path for path in served - OF_NOBODY if "{" in path} <= paths
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                pattern = str(parameter["schema"])
                assert parameter["name"] in {*IDS, *FILTERS} or "_[0-7]" not in pattern, parameter


def ask(it: Program, method: str, path: str, name: str, value: str, own: dict[str, str]) -> Any:
    """Call with one id given and everything else as it should be."""
    filled = path.removeprefix("/v1")
    operation = DOCUMENT["paths"][path][method]
    query = {}
    for parameter in operation["parameters"]:
        key = parameter["name"]
        one = value if key == name else own.get(key) or OTHERS.get(key) or QUERIES.get(key)
        if parameter["in"] == "path":
            filled = filled.replace(f"{{{key}}}", str(one))
        elif parameter["in"] == "query" and (key == name or parameter["required"]):
            query[key] = one
    if method == "get":
        return it.get(filled, **query)
    assert not query
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    body = BODIES.get(schema.get("$ref", "").rpartition("/")[2], b"")
    act = it.put if method == "put" else it.post
    return act(filled, body, once=str(uuid7()))


def one_of_padarias(padaria: Tenant, kind: str) -> str:
    """The id of something that is Padaria Sol's, of the kind that this prefix says."""
    made = {  # only the one that is asked for is
        "ctr": lambda: contract_id(padaria),
        "cus": lambda: public("cus", padaria.customer_id),
        "inv": lambda: public("inv", Invoice.objects.get(customer_id=padaria.customer_id).id),
        "unc": lambda: public("unc", announced(padaria).id),
        "sig": lambda: public("sig", Signup.objects.get(contract_id=padaria.contract_id).id),
        "bat": lambda: public("bat", previewed(padaria)),
        "arr": lambda: public("arr", supported(padaria)),
        "usr": lambda: public("usr", padaria.people["bruno"]),
        "ivt": lambda: invited(padaria),
        "idx": lambda: public("idx", lately_known()),
        "adj": lambda: public("adj", adjusting(padaria)),
        "apr": lambda: asked(padaria).public_id,
        "cpn": lambda: made_coupon().public_id,
        "crn": lambda: credited(padaria).public_id,
        "lnk": lambda: linked(padaria).public_id,
        "prq": lambda: by_pix(Invoice.objects.get(customer_id=padaria.customer_id).id).public_id,
        "mdt": lambda: public("mdt", mandated(padaria)),
        "rcp": lambda: received(padaria).public_id,
        "dsp": lambda: contested(padaria).public_id,
        "run": lambda: public("run", billing_runs.join(begun_by="olga", now=clock.now())),
        "pyo": lambda: paid_out(padaria).public_id,
        "bfl": lambda: bank_file().public_id,
        "stm": lambda: bank_statement().statement.public_id,
        "mov": lambda: bank_statement().public_id,
        "fsx": lambda: fiscal_document(Invoice.objects.get(customer_id=padaria.customer_id).id)["export_id"],
        "ref": lambda: going_back(padaria).public_id,
        "chg": lambda: public("chg", quote(padaria, package="brl-250", now=clock.now())),
    }
    return made[kind]()


@pytest.mark.rule("ACC-2")
@pytest.mark.parametrize("kind", sorted({IDS[name] for _method, _path, name in calls()}))
def test_another_customers_id_is_answered_like_one_that_nobody_has(
    padaria: Tenant, luna: Tenant, gateway: FakeGateway, kind: str
) -> None:
    """Nothing changes by it, so one world is asked on every route that takes such an id."""
    diego = program(luna.customer_id)
    own = {"contract_id": contract_id(luna), "decision_id": public("unc", uuid7())}
    own |= {one: public(IDS[one], uuid7()) for one in ("arrangement_id", "person_id", "invitation_id")}
    foreign = one_of_padarias(padaria, kind)
    charged = len(gateway.calls)
    for method, path, name in calls():
        if IDS[name] != kind:
            continue
        there = ask(diego, method, path, name, foreign, own)
        nowhere = ask(diego, method, path, name, public(kind, uuid7()), own)
        nonsense = ask(diego, method, path, name, "0' OR 1=1", own)

        assert there.status_code == 404, (method, path, name)
        assert there.content == nowhere.content == nonsense.content, (method, path, name)
        assert told(there) == told(nowhere), (method, path, name)
        assert len(gateway.calls) == charged, (method, path, name)
        assert padaria.contract.package_code == "brl-100", (method, path, name)
        assert not IdempotencyKey.objects.exists(), (method, path, name)


def told(answer: HttpResponse) -> dict[str, str]:
    """Headers, but for those of which each answer has its own."""
    return {
        key: value for key, value in answer.headers.items() if key not in {"Content-Length", "X-Request-Id"}
    }


@pytest.mark.rule("ACC-2")
def test_each_list_has_only_what_belongs_to_the_asker(padaria: Tenant, luna: Tenant, seller: Program) -> None:
    for tenant in (padaria, luna):
        credited(tenant)
        linked(tenant)
    for path in ("/contracts", "/invoices", "/credit-notes", "/payment-links", "/events"):
        parts = [
            {item["id"] for item in program(tenant.customer_id).get(path, limit=200).json()["items"]}
            for tenant in (padaria, luna)
        ]
        whole = {item["id"] for item in seller.get(path, limit=200).json()["items"]}
        assert parts[0]
        assert parts[1]
        assert not parts[0] & parts[1]
        assert parts[0] | parts[1] <= whole


@pytest.mark.rule("ACC-2")
def test_events_about_what_is_anothers_are_none(padaria: Tenant, luna: Tenant, seller: Program) -> None:
    for subject in (public("cus", padaria.customer_id), contract_id(padaria)):
        assert program(luna.customer_id).get("/events", subject=subject).json()["items"] == []
    assert seller.get("/events", subject=contract_id(padaria)).json()["items"]


@pytest.mark.rule("ACC-2")
def test_the_sellers_key_sees_every_customer(padaria: Tenant, luna: Tenant, seller: Program) -> None:
    for tenant in (padaria, luna):
        assert seller.get(f"/contracts/{contract_id(tenant)}").status_code == 200
