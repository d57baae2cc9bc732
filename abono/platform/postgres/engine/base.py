from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg import OperationalError, adapters, pq

from abono.platform.postgres import memory, scope
from abono.platform.postgres.memory import Memory

SERVED = "SERVED"  # of DATABASES, see roles.served; without it nobody is told anything
_UNKNOWN = object()
_IN_FAILED = pq.TransactionStatus.INERROR
_MOMENT = "timestamptz"
_READS_MOMENTS = adapters.get_loader(adapters.types[_MOMENT].oid, pq.Format.TEXT)


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "abono.platform.postgres.engine.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """Before a statement the server is told for whom it works, where that is not what it was told last.

    It is told beside Django's cursors: at most once for each change of `scope`, not for each statement.
    Moments are read by the driver itself, in UTC as its connections are; Django's own way is a call of Python for each.
    Where the database goes back to a savepoint, what the transaction knows of itself goes back with it.
    """

    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: object = _UNKNOWN
        self._known: dict[str, Memory | None] = {}  # by savepoint
        self.execute_wrappers.append(self._in_scope)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._told = None
        made = super().get_new_connection(conn_params)
        made.adapters.register_loader(_MOMENT, _READS_MOMENTS)
        return made

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

    def beside(self) -> Any:
        """A cursor whose values go beside its statements instead of into them."""
        self.ensure_connection()
        made: Any = base.ServerBindingCursor
        return self._prepare_cursor(made(self.connection))  # type: ignore[attr-defined]

    def _in_scope(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        wanted = scope.wanted()
        if wanted != self._told and (served := self.settings_dict.get(SERVED)):
            self._tell(wanted, served)
        return execute(sql, params, many, context)

    def _tell(self, wanted: str | None, served: Mapping[str, str]) -> None:
        server = self.connection.pgconn
        if server.transaction_status == _IN_FAILED:  # nothing is read there any more; it ends with a rollback
            return
        text = (wanted or scope.NOBODY).replace("'", "''")
        role = served["outside" if wanted is None else "across" if wanted in scope.CROSSINGS else "own"]
        result = server.exec_(f"SELECT {scope.SAY}('{role}', '{text}')".encode())
        if result.status != pq.ExecStatus.TUPLES_OK:
            with self.wrap_database_errors:
                raise OperationalError(f"the scope was not taken: {server.get_error_message()}")
        self._told = wanted

    # What was said in a transaction that is rolled back was never said.

    def _rollback(self) -> None:
        self._told = _UNKNOWN
        super()._rollback()  # type: ignore[misc]

    def _savepoint(self, sid: str) -> None:
        super()._savepoint(sid)  # type: ignore[misc]
        self._known[sid] = memory.of_now()

    def _savepoint_commit(self, sid: str) -> None:
        super()._savepoint_commit(sid)  # type: ignore[misc]
        self._known.pop(sid, None)

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = _UNKNOWN
        if sid in self._known:
            memory.become(self._known[sid])
