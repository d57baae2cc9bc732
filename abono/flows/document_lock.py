"""Documents that leave for an organization open with the password that it asked for (FIN-6)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.identity import document_locks
from abono.domain.identity.document_locks import Way
from abono.flows.tell import tell
from abono.kernel.ids import uuid7
from abono.platform.locked_pdf import locked
from abono.platform.use_case import use_case


@use_case
def choose_document_password(
    *, customer_id: UUID, way: Way, own: str, by: str, actor: str, now: datetime
) -> bool:
    """Documents open so from the next one on; who answers for the organization is told, but not the password.

    own   the password, for Way.OWN
    by    the name of who chose it, as the mail says it

    Returns whether anything is another than before. Raises DocumentPasswordUnfit.
    """
    changed = document_locks.choose(customer_id=customer_id, way=way, own=own, actor=actor, now=now)
    if changed:
        facts = {"by": by, "way": way.value}
        tell(customer_id=customer_id, kind="document_password", key=str(uuid7()), facts=facts, now=now)
    return changed


def as_asked(pdf: bytes, *, customer_id: UUID, for_seller: bool = False) -> bytes:
    """A document of the organization as it leaves: under its password, where it asked for one.

    for_seller   the seller keeps it: open, for the password is not theirs

    Raises DocumentPasswordLost.
    """
    password = None if for_seller else document_locks.password(customer_id)
    return pdf if password is None else locked(pdf, password)
