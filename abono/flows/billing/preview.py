"""What an act would make of a contract's next invoice, with nothing kept (FIN-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from abono.domain.contracts.models import Contract
from abono.flows.billing.project import Projection, project_invoice
from abono.platform import keyed

_SEEN = "abono.preview"


@dataclass(frozen=True, slots=True)
class Preview:
    """The next invoice as it is, and as it would be."""

    before: Projection | None
    after: Projection | None

    @property
    def seen(self) -> str:
        """What was looked at, of each fee: another one is another preview, while use goes on and makes none. Keyed, so that nobody
        says it who did not look."""
        both = (None if one is None else (one.issued_at, one.fees) for one in (self.before, self.after))
        return keyed.marks(_SEEN, repr(tuple(both)), algorithm="sha256")[0].hex()[:32]


def preview(contract: Contract, act: Callable[[Contract], object]) -> Preview:
    """Do it, look, and take all of it back. The caller holds the contract, and does nothing else with it. Raises as `act`."""
    before = project_invoice(contract_id=contract.id)
    with transaction.atomic():
        act(contract)
        after = project_invoice(contract_id=contract.id)
        transaction.set_rollback(True)
    return Preview(before, after)
