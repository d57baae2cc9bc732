"""Another host with the same database: a process of its own, with its own files of time zones.

Each message that it gets is a call, `["name", {arguments}]`, and each that it sends is what that gave.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import zoneinfo
from datetime import datetime
from io import BytesIO
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any
from uuid import UUID

from abono.kernel.ids import public
from tests.concurrency.server import Process


class Host(Process):
    """A host whose zones are those of `zones`, a folder as `zic` makes it; all others are the system's."""

    def __init__(self, zones: Path) -> None:
        given = {"PYTHONTZPATH": str(zones), "ABONO_ALLOW_UNSAFE_FSYNC": "1"}
        with Listener() as listener:
            super().__init__("-m", "tests.concurrency.host", str(listener.address), **given)
            self._line = listener.accept()

    def call(self, name: str, **arguments: object) -> Any:
        """What the function of this name gives there. Raises AssertionError with what it raised."""
        self._line.send(json.dumps([name, arguments], default=str))
        answer, trouble = json.loads(self._line.recv())
        assert trouble is None, trouble
        return answer

    def kill(self) -> None:
        """End it at once, in the middle of whatever it is at."""
        self.end(signal.SIGKILL)
        self._line.close()


def main(address: str) -> None:
    zoneinfo.reset_tzpath()  # who is forked has looked in its environment already
    zoneinfo.ZoneInfo.clear_cache()
    import django

    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.GATEWAYS = {"simulator": {"adapter": "tests.fakes.FakeGateway", "options": {}}}
    with Client(address) as line:
        while True:
            name, arguments = json.loads(line.recv())
            try:
                answer, trouble = _CALLS[name](**arguments), None
            except Exception as error:
                answer, trouble = None, f"{type(error).__name__}: {error}"
            line.send(json.dumps([answer, trouble], default=str))


def _sign(*, now: str) -> list[str]:
    from tests.world import sign

    signed = sign(now=datetime.fromisoformat(now))
    return [str(signed.contract_id), str(signed.customer_id)]


def _renew(*, now: str) -> int:
    from tests.work import renew_due

    return renew_due(now=datetime.fromisoformat(now))


def _use(*, contract_id: str, count: int, at: str) -> list[str]:
    from tests.world import use

    return [answer.status.name for answer in use(UUID(contract_id), count, at=datetime.fromisoformat(at))]


def _pay_interim(*, contract_id: str, customer_id: str, now: str) -> str:
    from abono.flows.collecting.charge import charge_invoice
    from abono.flows.limits.interim import issue_interim
    from tests.world import moment

    at, whose = datetime.fromisoformat(now), UUID(customer_id)
    invoice_id = issue_interim(contract_id=UUID(contract_id), customer_id=whose, actor="ana", now=at)
    charged = charge_invoice(
        invoice_id=invoice_id,
        customer_id=whose,
        method_id=None,
        off_session=False,
        actor="ana",
        moment=moment(at),
    )
    return charged.state.value


def _local(*, moment: str) -> str:
    from abono.kernel.periods import local_date

    return local_date(datetime.fromisoformat(moment), "America/Sao_Paulo").isoformat()


def _project(*, contract_id: str) -> list[str]:
    """First and last moment for which the next invoice would ask fees."""
    from abono.flows.billing.project import project_invoice

    coming = project_invoice(contract_id=UUID(contract_id))
    assert coming is not None
    return [coming.fees[0].period.start.isoformat(), coming.fees[0].period.end.isoformat()]


def _days(*, contract_id: str, customer_id: str) -> dict[str, Any]:
    """By which days the cycles are known, and what the papers of the invoices say but for how they stand."""
    from pypdf import PdfReader

    from abono.domain.invoicing import queries as invoices
    from abono.flows.billing.documents import invoice_file
    from tests.entrypoints.api.conftest import program
    from tests.world import JUNE_1

    told = program(UUID(customer_id)).get(f"/contracts/{public('ctr', UUID(contract_id))}/cycles").json()
    papers = [
        invoice_file(invoice_id=one.id, language="en", real=JUNE_1)[1]
        for one in invoices.list_for_customer(UUID(customer_id))
    ]
    return {
        "cycles": [cycle["day"] for cycle in told["items"]],
        "papers": [
            re.sub(r"Paid on \d+ \w+ \d+", "", PdfReader(BytesIO(paper)).pages[0].extract_text())
            for paper in papers
        ],
    }


_at: list[object] = []  # what this process is at until it ends


def _be_alone(*, what: str) -> bool:
    from abono.platform.running.alone import alone

    _at.append(being := alone(what))
    return being.__enter__()


def _ask_again(*, now: str) -> str:
    from tests.platform.test_idempotency import Act, send

    return send(Act(), now=datetime.fromisoformat(now)).body


_CALLS = {
    "be_alone": _be_alone,
    "ask_again": _ask_again,
    "sign": _sign,
    "renew": _renew,
    "use": _use,
    "pay_interim": _pay_interim,
    "local": _local,
    "project": _project,
    "days": _days,
}

if __name__ == "__main__":
    main(sys.argv[1])
