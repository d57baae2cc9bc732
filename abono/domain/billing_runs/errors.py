from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoSuchRun(Refusal):
    code = "billing_runs.no_such_run"
    kind = Kind.NOT_FOUND
    message = _("There is no such billing run.")
