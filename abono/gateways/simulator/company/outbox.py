"""What the simulator tells by webhook: written with the fact, delivered after it, twice or late if told so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import urllib3
from standardwebhooks import Webhook

from abono.gateways.simulator.company import levers
from abono.gateways.simulator.company.once import new_name
from abono.gateways.simulator.company.store import Row, Store, now_ms, to_json
from abono.kernel.webhook_key import webhook_key

PAUSES_S = (1, 2, 5, 10, 30, 60, 300, 900, 3600)  # between tries; afterwards only by hand


def write(store: Store, kind: str, *, key: str, reference: str, received: str | None = None) -> None:
    """Note an event inside the transaction of its fact; the levers say when and how often it leaves.

    received   the name of the money that it is about, where a payer sent it
    """
    moment, pulled, event = now_ms(), levers.read(store), new_name("evt")
    body = {
        "type": kind,
        "timestamp": datetime.fromtimestamp(moment // 1000, UTC).isoformat(),
        "data": {"key": key, "reference": reference, "received": received},
    }
    store.insert("event", id=event, kind=kind, body=to_json(body), created_ms=moment)
    for _ in range((2 if pulled.twice else 1) if pulled.webhooks else 0):
        store.insert("delivery", event=event, due_ms=moment + pulled.late_ms)


def resend(store: Store, event: str) -> bool:
    """Deliver an event now, once more; False when there is none of this id."""
    with store.transaction():
        known = store.one("SELECT id FROM event WHERE id = ?", event) is not None
        if known:
            store.insert("delivery", event=event, due_ms=now_ms())
    return known


class Courier:
    """Carries what is due to one address, news of Pix to another. Only one thread calls it."""

    def __init__(self, store: Store, secret: str, url: str, pix_url: str) -> None:
        self._store, self._webhook, self._url, self._pix_url = (
            store,
            Webhook(webhook_key(secret)),
            url,
            pix_url,
        )
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=5), retries=False)

    def deliver_due(self, stopping: Callable[[], bool]) -> None:
        """Try each delivery whose time has come; what fails waits longer each time."""
        due = self._store.all(
            "SELECT delivery.id, tries, event, kind, body FROM delivery JOIN event ON event.id = delivery.event"
            " WHERE due_ms <= ? ORDER BY due_ms, delivery.id LIMIT 100",
            now_ms(),
        )
        for row in due:
            if stopping():
                return
            answer, arrived = self._send(row)
            pause_s = PAUSES_S[row["tries"]] if row["tries"] < len(PAUSES_S) else None
            again_ms = None if arrived or pause_s is None else now_ms() + pause_s * 1000
            self._store.run(
                "UPDATE delivery SET tries = tries + 1, answer = ?, due_ms = ? WHERE id = ?",
                answer,
                again_ms,
                row["id"],
            )

    def next_due_ms(self) -> int | None:
        row = self._store.one("SELECT min(due_ms) AS due FROM delivery WHERE due_ms IS NOT NULL")
        return row["due"] if row else None

    def _send(self, row: Row) -> tuple[str, bool]:
        now = datetime.now(UTC)
        try:
            reply = self._http.request(
                "POST",
                self._pix_url if row["kind"].startswith(("pix.", "mandate.", "debit.")) else self._url,
                body=row["body"].encode(),
                headers={
                    "content-type": "application/json",
                    "webhook-id": row["event"],
                    "webhook-timestamp": str(int(now.timestamp())),
                    "webhook-signature": self._webhook.sign(row["event"], now, row["body"]),
                },
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__, False
        return str(reply.status), 200 <= reply.status < 300
