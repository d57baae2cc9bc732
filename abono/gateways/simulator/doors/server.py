"""One simulator: its store, its threads, its address."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from abono.gateways.simulator.company.charges import Charges
from abono.gateways.simulator.company.mandates import Mandates
from abono.gateways.simulator.company.outbox import Courier
from abono.gateways.simulator.company.pushes import Pushes
from abono.gateways.simulator.company.refunds import Refunds
from abono.gateways.simulator.company.store import Store, now_ms
from abono.gateways.simulator.company.vault import Vault
from abono.gateways.simulator.doors.api import Simulator
from abono.gateways.simulator.doors.web import Server

log = logging.getLogger(__name__)
IDLE_S = 60  # how long a thread sleeps when nothing is due and nobody rings


class Running:
    """A simulator that serves until `stop`. Raises OSError when the address is taken."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        path: Path,
        secret: str,
        webhook_url: str | None,
        pix_webhook_url: str | None = None,
        open_levers: bool = False,
    ) -> None:
        self._bells = (threading.Event(), threading.Event())
        self._stopping = threading.Event()
        self._store = store = Store(path)
        charges, pushes = Charges(store, self._ring), Pushes(store, self._ring)
        self.server = Server(
            (host, port),
            Simulator(
                store=store,
                vault=Vault(store),
                charges=charges,
                refunds=Refunds(store, self._ring),
                pushes=pushes,
                mandates=Mandates(store, pushes, self._ring),
                secret=secret,
                webhook_url=webhook_url,
                news=self._ring,
                stopping=self._stopping,
                open_levers=open_levers,
            ),
        )
        self._threads = [
            threading.Thread(target=self.server.serve_forever, name="http", kwargs={"poll_interval": 0.2}),
            self._keeping("settle", self._bells[0], charges.settle_due, charges.next_due_ms),
        ]
        if webhook_url:
            courier = Courier(store, secret, webhook_url, pix_webhook_url or webhook_url)
            carry = lambda: courier.deliver_due(self._stopping.is_set)  # noqa: E731
            self._threads.append(self._keeping("courier", self._bells[1], carry, courier.next_due_ms))

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._ring()
        self.server.shutdown()
        for thread in self._threads:
            thread.join(timeout=10)
        self.server.server_close()
        self._store.close()

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    def _keeping(
        self,
        name: str,
        bell: threading.Event,
        work: Callable[[], None],
        next_due_ms: Callable[[], int | None],
    ) -> threading.Thread:
        """A thread that works whenever something is due, and sleeps until then or until it is rung."""

        def keep() -> None:
            while not self._stopping.is_set():
                bell.clear()
                try:
                    work()
                    due = next_due_ms()
                    wait_s = IDLE_S if due is None else max(0, due - now_ms()) / 1000
                except Exception:  # one bad row must not end the thread
                    log.exception("%s failed", name)
                    wait_s = 1
                bell.wait(min(wait_s, IDLE_S))

        return threading.Thread(target=keep, name=name, daemon=True)
