"""Pix by the Central Bank's API: what is asked for, who is let in, and answers that no service should give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest

from abono.domain.payments.ports.port import PATH, BadSignature, GatewayUnavailable, RefundOutcome
from abono.domain.payments.ports.push import LateTerms, Payer, PushReply, Standing
from abono.gateways.pix.adapter import PixGateway, asked
from abono.gateways.pix.brcode import read
from abono.kernel.money import Money
from tests.certificates import Authority, Pair
from tests.contract.bench import fresh
from tests.contract.push_bench import PixBench, midnight, push_request
from tests.pix_service import PIX_KEY, Answer, PixService

OTHER_TXID = "outrosistema000000000000001"
PERSON = Payer("Ana Souza", "52998224725")
GARBAGE = [
    (200, b""),
    (200, b"<html>Manuten\xc3\xa7\xc3\xa3o</html>"),
    (200, b"\xff\xfe"),
    (201, b"[]"),
    (200, b"[" * 30_000),
    (200, b'{"status": "ATIVA"}'),
    (200, b'{"status": "CONCLUIDA", "txid": "%s", "valor": {"original": "740.00"}}'),
    (200, b'{"status": "PAGA", "txid": "%s", "valor": {"original": "740.00"}}'),
    (200, b'{"status": "ATIVA", "txid": "%s", "valor": {"original": "740.00"}}'),
    (200, b'{"status": "ATIVA", "txid": "%s", "valor": {"original": 740}, "location": "pix.example.com/1"}'),
    (
        200,
        b'{"status": "ATIVA", "txid": "1", "valor": {"original": "740.00"}, "location": "pix.example.com/1"}',
    ),
    (200, b'{"status": "ATIVA", "txid": "%s", "valor": {"original": "740.00"}, "pixCopiaECola": "00020126"}'),
    (
        200,
        b'{"status": "CONCLUIDA", "txid": "%s", "valor": {"original": "740.00"}, "pix": [{"valor": "740.00"}]}',
    ),
    (200, b'{"more": "' + b"x" * 300_000 + b'"}'),
    (302, b""),
    (403, b'{"type": "https://pix.bcb.gov.br/api/v2/error/AcessoNegado", "title": "no", "status": 403}'),
    (404, b"<html>no such page, says a proxy</html>"),
    (429, b'{"type": "https://pix.bcb.gov.br/api/v2/error/MuitasRequisicoes", "title": "no", "status": 429}'),
    (
        500,
        b'{"type": "https://pix.bcb.gov.br/api/v2/error/ErroInternoDoServidor", "title": "no", "status": 500}',
    ),
    (503, b"{}"),
]


def again(bench: PixBench, key: str) -> PushReply:
    found = bench.gateway.find(key, "")
    assert found is not None
    return found


@pytest.mark.rule("PAY-7", part="never repeated blindly")
@pytest.mark.parametrize(("status", "body"), GARBAGE)
def test_what_cannot_be_understood_is_unknown_and_is_asked_once(
    pix_bench: PixBench, status: int, body: bytes
) -> None:
    request, service = push_request(pix_bench.now), pix_bench.service
    said = Answer(
        status=status,
        body=body.replace(b"%s", request.key.replace("-", "").encode()),
        headers={"Location": f"{service.url}/api/cob/elsewhere"} if status == 302 else {},
    )
    service.next = [said] * 5
    assert pix_bench.gateway.ask(request).standing is Standing.UNKNOWN
    assert len(service.asked) == 1
    assert again(pix_bench, request.key).standing is Standing.UNKNOWN
    assert pix_bench.gateway.withdraw(request.key, "").standing is Standing.UNKNOWN
    assert pix_bench.gateway.give_back("E" * 32, Money(1, "BRL"), fresh()).outcome is RefundOutcome.UNKNOWN
    with pytest.raises(GatewayUnavailable):
        pix_bench.gateway.find_received("E" * 32)
    assert len(service.asked) == 5


def test_a_pix_to_our_key_that_is_for_no_charge_of_ours_says_its_sum_and_for_what(
    pix_bench: PixBench,
) -> None:
    request = push_request(pix_bench.now)
    pix_bench.gateway.ask(request)
    reference = pix_bench.pay(request.key)
    for txid, said in ((OTHER_TXID, OTHER_TXID), (None, "")):
        pix = pix_bench.service.pix(reference)
        pix.pop("txid", None)
        pix |= {"txid": txid} if txid else {}
        arrival = pix_bench.gateway.find_received(reference)
        assert arrival is not None
        assert (arrival.key, arrival.reference, arrival.received.amount) == (None, said, request.amount)


@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_an_answer_later_than_we_wait_is_unknown_and_the_charge_is_there_once(
    pix_bench: PixBench, running_pix_service: tuple[PixService, Authority, Pair]
) -> None:
    service, authority, client = running_pix_service
    impatient = PixGateway(**service.options(client, authority), read_timeout_s=2)
    request, never = push_request(pix_bench.now), Event()
    service.next.append(Answer(held=never))
    assert impatient.ask(request).standing is Standing.UNKNOWN
    never.set()
    assert again(pix_bench, request.key).standing is Standing.PAYABLE
    assert [method for method, _ in service.asked].count("PUT") == 1


def test_a_charge_at_once_runs_out_and_one_by_a_day_is_for_its_days() -> None:
    now = midnight(date(2026, 11, 30)) + timedelta(hours=9)
    due = replace(push_request(now), payer=PERSON)
    body = asked(due, PIX_KEY)
    assert body == {
        "calendario": {"expiracao": 3600},
        "devedor": {"cpf": "52998224725", "nome": "Ana Souza"},
        "valor": {"original": "740.00"},
        "chave": PIX_KEY,
        "solicitacaoPagador": "2026-000042",
    }
    # Due on Saturday 5 December, which moves to Monday the 7th; the last day is 4 January: 28 days after the 7th.
    late = LateTerms(fine=Decimal(2), interest=Decimal(1))
    body = asked(push_request(now, due_in=5, late=late), PIX_KEY)
    assert body["calendario"] == {"dataDeVencimento": "2026-12-05", "validadeAposVencimento": 28}
    assert body["valor"] == {
        "original": "740.00",
        "multa": {"modalidade": 2, "valorPerc": "2.00"},
        "juros": {"modalidade": 3, "valorPerc": "1.00"},
    }
    assert body["devedor"] == {
        "cnpj": "12ABC34501DE35",
        "nome": "Padaria Sol Ltda",
        "logradouro": "Rua do Sol, 15",
        "cidade": "São Paulo",
        "uf": "SP",
        "cep": "01310100",
    }


def test_pix_moves_reais_alone() -> None:
    request = replace(push_request(midnight(date(2026, 11, 30))), amount=Money(100, "USD"))
    with pytest.raises(ValueError, match="USD"):
        asked(request, PIX_KEY)


def test_a_charge_that_has_run_out_by_the_clock_of_the_service_is_over(pix_bench: PixBench) -> None:
    short, long = push_request(pix_bench.now), push_request(pix_bench.now, due_in=3)
    for request in (short, long):
        assert pix_bench.gateway.ask(request).standing is Standing.PAYABLE
    pix_bench.service.now += timedelta(hours=1, seconds=1)
    assert again(pix_bench, short.key).standing is Standing.ENDED
    assert again(pix_bench, long.key).standing is Standing.PAYABLE
    pix_bench.service.now += timedelta(days=60)
    assert again(pix_bench, long.key).standing is Standing.ENDED


def test_a_service_that_gives_only_the_place_of_a_charge_can_be_paid_too(pix_bench: PixBench) -> None:
    pix_bench.service.places_only = True
    request = push_request(pix_bench.now)
    reply = pix_bench.gateway.ask(request)
    code = read(reply.pay_with or "")
    place = pix_bench.service.charges[request.key.replace("-", "")]["shown"]["location"]
    assert (code.url, code.name, code.city) == (place, "Abono SA", "SAO PAULO")


def test_a_no_says_why_in_a_word(
    pix_bench: PixBench, running_pix_service: tuple[PixService, Authority, Pair]
) -> None:
    service, authority, client = running_pix_service
    service.marked.add(PERSON.tax_id)
    other_key = PixGateway(**{**service.options(client, authority), "pix_key": "nobody@padaria.com.br"})
    request = push_request(pix_bench.now)
    for gateway, asked_for, why in (
        (pix_bench.gateway, replace(request, payer=PERSON), "payer_marked"),
        (pix_bench.gateway, replace(request, amount=Money(0, "BRL")), "amount"),
        (other_key, request, "receiver_key"),
    ):
        reply = gateway.ask(asked_for)
        assert (reply.standing, reply.code) == (Standing.REFUSED, why)
    assert service.charges == {}


@pytest.mark.rule("PAY-10", part="disputed")
def test_a_special_return_is_contested_until_the_money_is_back_and_as_long_as_it_is(
    pix_bench: PixBench,
) -> None:
    request = push_request(pix_bench.now)
    pix_bench.gateway.ask(request)
    came = pix_bench.pay(request.key)
    special = pix_bench.service.contest(came, "500.00")

    def stands() -> tuple[Money | None, Money | None]:
        [one] = again(pix_bench, request.key).received
        return one.contested, one.back

    assert stands() == (Money(50_000, "BRL"), None)
    special["status"] = "DEVOLVIDO"
    assert stands() == (Money(50_000, "BRL"), Money(50_000, "BRL"))
    special["status"] = "NAO_REALIZADO"
    assert stands() == (None, None)
    pix_bench.gateway.give_back(came, Money(100, "BRL"), fresh())
    assert stands() == (None, Money(100, "BRL"))


def test_a_return_may_take_its_time_and_may_fail(pix_bench: PixBench) -> None:
    request, key = push_request(pix_bench.now), fresh()
    pix_bench.gateway.ask(request)
    came, service = pix_bench.pay(request.key), pix_bench.service
    service.returns_as = "EM_PROCESSAMENTO"
    assert pix_bench.gateway.give_back(came, Money(100, "BRL"), key).outcome is RefundOutcome.WAITING
    [back] = service.pix(came)["devolucoes"]
    assert pix_bench.gateway.give_back(came, Money(100, "BRL"), key).outcome is RefundOutcome.WAITING
    back |= {"status": "NAO_REALIZADO", "motivo": "Conta encerrada"}
    reply = pix_bench.gateway.give_back(came, Money(100, "BRL"), key)
    assert (reply.outcome, reply.code) == (RefundOutcome.REFUSED, "Conta encerrada")
    assert pix_bench.returned(came) == [100]


def test_who_pays_while_it_is_withdrawn_has_paid(pix_bench: PixBench) -> None:
    request, service = push_request(pix_bench.now, due_in=3), pix_bench.service
    pix_bench.gateway.ask(request)
    service.next = [Answer(), Answer(before=lambda: pix_bench.pay(request.key))]
    reply = pix_bench.gateway.withdraw(request.key, "")
    assert (reply.standing, [one.amount for one in reply.received]) == (Standing.PAID, [request.amount])


@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_a_withdrawal_whose_answer_is_lost_is_unknown_and_can_be_asked_again(pix_bench: PixBench) -> None:
    request = push_request(pix_bench.now)
    pix_bench.gateway.ask(request)
    pix_bench.service.next = [Answer(), Answer(), Answer(lost=True)]  # not by a day; at once; withdrawn
    assert pix_bench.gateway.withdraw(request.key, "").standing is Standing.UNKNOWN
    assert pix_bench.gateway.withdraw(request.key, "").standing is Standing.ENDED


def test_a_token_is_asked_for_once_and_again_when_it_is_revoked(pix_bench: PixBench) -> None:
    service = pix_bench.service
    for _ in range(3):
        assert pix_bench.gateway.find(fresh(), "") is None
    assert len(service.tokens) == 1
    service.tokens.clear()
    request = push_request(pix_bench.now)
    assert pix_bench.gateway.ask(request).standing is Standing.PAYABLE
    assert len(service.tokens) == 1
    assert len(service.charges) == 1


def test_a_token_that_does_not_last_is_asked_for_each_time(pix_bench: PixBench) -> None:
    pix_bench.service.lasts_s = 20  # less than we leave of any
    for _ in range(2):
        pix_bench.gateway.find(fresh(), "")
    assert len(pix_bench.service.tokens) == 4  # each looks in two places


def test_one_certificate_that_is_told_without_a_list_is_that_certificate(
    pix_bench: PixBench, running_pix_service: tuple[PixService, Authority, Pair]
) -> None:
    service, authority, client = running_pix_service
    options = {**service.options(client, authority), "webhook_senders": "AA:BB:01"}
    gateway, path = PixGateway(**options), {PATH: options["webhook_secret"]}
    assert (
        gateway.parse_webhook({"X-Client-Certificate": "aabb01", **path}, b'{"pix": []}', pix_bench.now) == ()
    )
    with pytest.raises(BadSignature):
        gateway.parse_webhook({"X-Client-Certificate": "a", **path}, b'{"pix": []}', pix_bench.now)


def test_a_service_that_does_not_know_us_or_that_we_do_not_trust_hears_nothing(
    pix_bench: PixBench, running_pix_service: tuple[PixService, Authority, Pair], tmp_path: Path
) -> None:
    service, authority, client = running_pix_service
    right = service.options(client, authority)
    stranger = Authority(tmp_path)
    own = stranger.pair("stranger")
    for change in (
        {"client_secret": "another secret of ours"},
        {"certificate_file": str(own.certificate), "key_file": str(own.key)},
        {"ca_file": str(stranger.file)},
    ):
        gateway = PixGateway(**{**right, **change})
        assert gateway.ask(push_request(pix_bench.now)).standing is Standing.UNKNOWN
    assert (service.asked, service.charges) == ([], {})
