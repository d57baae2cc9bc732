"""Django's compilers for PostgreSQL, of which the one for SELECT remembers how all columns of a model are written.

To write thirty columns anew for each row that is looked up is half of what Django does to ask for it.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.backends.postgresql import compiler
from django.db.backends.postgresql.compiler import (
    SQLAggregateCompiler,
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)
from django.db.models.expressions import Col

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]

_NOTHING_DEFERRED = (frozenset[str](), True)
_written: dict[Any, tuple[Any, ...]] = {}  # of a model its columns, each with its SQL; nobody changes them


_columns: dict[int, tuple[Col, str]] = {}  # by its id the column of a table by its own name, and its SQL


class SQLCompiler(compiler.SQLCompiler):
    _plain = False  # what is asked for is all columns of a model, and nothing else

    def get_select(self, with_col_aliases: bool = False) -> Any:
        """As Django's; all columns of a model as they were written the first time."""
        self._plain = not with_col_aliases and _is_plain(self.query)
        if not self._plain:
            return super().get_select(with_col_aliases)
        model = self.query.model
        columns = _written.get(model)
        if columns is None:
            columns = _written[model] = tuple(super().get_select()[0])
        return list(columns), {"model": model, "select_fields": list(range(len(columns)))}, {}

    def compile(self, node: Any) -> Any:
        """As Django's; a column as it was written the first time."""
        if known := _columns.get(id(node)):
            return known[1], []
        sql, params = super().compile(node)
        if node.__class__ is Col and _is_lasting(node):
            _columns[id(node)] = node, sql
        return sql, params

    def get_order_by(self) -> Any:
        """As Django's. By names of fields: then no column is looked for among those that are asked for, by its worth."""
        query = self.query
        if not self._plain or query.combinator or not _by_names(query):
            return super().get_order_by()
        select, self.select = self.select, []
        try:
            return super().get_order_by()
        finally:
            self.select = select


def _is_plain(query: Any) -> bool:
    """Whether all columns of a model are asked for under the name of its table, without anything beside them."""
    if (
        not query.default_cols
        or query.selected is not None
        or query.annotations
        or query.extra
        or query.select_related
        or query.deferred_loading != _NOTHING_DEFERRED
    ):
        return False
    meta = query.get_meta()
    return (
        meta.concrete_model is query.model
        and not meta.parents
        and meta.apps is apps  # a migration's model is of one moment
        and query.get_initial_alias() == meta.db_table
    )


def _is_lasting(column: Col) -> bool:
    """Whether its field keeps it, as long as we run: so it does for a table that goes by its own name."""
    return column is vars(column.target).get("cached_col") and column.target.model._meta.apps is apps


def _by_names(query: Any) -> bool:
    return all(
        isinstance(one, str) for one in (*query.extra_order_by, *query.order_by, *query.get_meta().ordering)
    )
