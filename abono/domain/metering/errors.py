from __future__ import annotations

from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, _


@dataclass(eq=False)
class NoCycle(Refusal):
    code = "metering.no_cycle"
    kind = Kind.NOT_FOUND
    message = _("No cycle of the contract covers this moment.")
