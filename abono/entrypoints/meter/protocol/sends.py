"""GET /v1/sends/{contract}/{id}: the receipt of one send (PKG-8)."""

from __future__ import annotations

from abono.domain.settings.known import HOLD_LASTS
from abono.domain.usage.receipts import RECEIPT, Receipt, to_receipt
from abono.entrypoints.meter.protocol import reading, wire
from abono.entrypoints.meter.protocol.callers import Caller, Engine
from abono.entrypoints.meter.protocol.operations import reachable
from abono.kernel.ids import event_key


async def receipt(engine: Engine, caller: Caller, contract: str, name: str) -> wire.ReceiptAnswer:
    """One send by the caller's own id. Raises Problem (404: no_contract, no_send)."""
    found = (await reachable(engine, caller, {contract})).get(contract)
    if found is None:
        raise reading.no_contract()
    rows = await engine.rows(RECEIPT, found.id, event_key(name))
    if not rows:
        raise reading.no_send()
    return _answer(contract, to_receipt(rows[0], hold_lasts=HOLD_LASTS.shipped))


def _answer(contract: str, found: Receipt) -> wire.ReceiptAnswer:
    row = None
    if found.package is not None and found.valid_from is not None:
        row = wire.PriceRow(found.package, found.channel, found.kind, found.country, found.valid_from)
    return wire.ReceiptAnswer(
        id=found.id,
        contract=contract,
        state=found.state.value,
        channel=found.channel,
        kind=found.kind,
        country=found.country,
        price_micro=found.price_micro,
        price_row=row,
        package_micro=found.package_micro,
        overage_micro=found.overage_micro,
        cycle_start=found.cycle_start,
        held_at=found.held_at,
        expires_at=found.expires_at,
        settled_at=found.settled_at,
        campaign=found.campaign,
    )
