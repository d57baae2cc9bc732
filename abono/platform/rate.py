"""How often somebody may ask: evenly, with a minute's worth at once (API-3).

Kept in memory, each process for itself: a limit against a loop that runs wild, not an account of anything.
"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock

MINUTE_NS = 60 * 1_000_000_000
_MOST_REMEMBERED = 10_000  # askers; those that were quiet for a minute are forgotten first


class Rate:
    """At most `per_minute` requests at once, and as many again each minute, evenly; 0: any number."""

    def __init__(self, per_minute: int) -> None:
        self._each_ns = MINUTE_NS // per_minute if per_minute else 0
        self._until_ns: dict[Hashable, int] = {}  # when all that was asked would be done, one by one
        self._lock = Lock()

    def wait_s(self, who: Hashable, *, now_ns: int) -> int:
        """Count a request. Returns 0 when it may go on, else the whole seconds to wait; then it counts nothing.

        now_ns   of a clock that only goes forward
        """
        if not self._each_ns:
            return 0
        with self._lock:
            until_ns = max(self._until_ns.get(who, 0), now_ns) + self._each_ns
            over_ns = until_ns - now_ns - MINUTE_NS
            if over_ns > 0:
                return -(-over_ns // 1_000_000_000)
            self._until_ns[who] = until_ns
            if len(self._until_ns) > _MOST_REMEMBERED:
                self._until_ns = {name: at for name, at in self._until_ns.items() if at > now_ns}
        return 0
