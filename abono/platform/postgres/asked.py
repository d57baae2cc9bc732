"""Queries that are worded once and asked often.

To look up a row by its id Django spends several times what the database does, nearly all of it to word the same statement
anew. Here the words are kept, and only the values are put in each time; rows become what Django makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from django.db import connection
from django.db.models import (
    Expression,
    Field,
    ForeignObject,
    Lookup,
    Model,
    QuerySet,
    prefetch_related_objects,
)
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)
from django.db.transaction import TransactionManagementError

from abono.platform.postgres.rows import Read

type _Row = Sequence[Any]
type _Reader = Callable[[Any, str], Callable[[Iterable[_Row]], list[Any]]]  # by its compiler and alias


class Slot(Expression):
    """Stands in a query where a value comes each time, by its name; never None, for which SQL has other words."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class AnyOf(Lookup):
    """`field__any_of=Slot("ids")`: one of many values, which go as one array (`arrays.Uuids`). Of five hundred that go one by one,
    as of `in`, wording alone costs more than the server does."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        asked, params = self.process_lhs(compiler, connection)
        return f"{asked} = ANY(%s)", [*params, self.rhs]


Field.register_lookup(AnyOf)
ForeignObject.register_lookup(AnyOf)


class Asked[M: Model, T]:
    """A query with slots, whose values are given by name.

    write   words it, once somebody asks: rows of a model, with related ones and annotations, or a `values_list`
    """

    def __init__(self, write: Callable[[], QuerySet[M, T]]) -> None:
        self._write = write
        self._worded: _Worded | None = None

    def all(self, **values: object) -> list[T]:
        if self._worded is None:
            self._worded = _Worded(self._write())
        return cast("list[T]", self._worded.rows(values))

    def sole(self, **values: object) -> T | None:
        """The one row that a unique key names, or None."""
        return next(iter(self.all(**values)), None)


class _Worded:
    """The SQL of a query, and how what it answers is read."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        compiler = cast(Any, queryset.query.get_compiler(using=queryset.db))
        self._sql, self._params = compiler.as_sql()
        assert not compiler.has_extra_select
        self._beside = cast(Any, queryset)._prefetch_related_lookups
        self._locks = queryset.query.select_for_update
        columns = [column for column, _sql, _alias in compiler.select]
        self._converters = [(n, *one) for n, one in compiler.get_converters(columns).items()]
        self._read = _READERS[cast(Any, queryset)._iterable_class](compiler, queryset.db)

    def rows(self, values: dict[str, Any]) -> list[Any]:
        assert None not in values.values(), "SQL has other words for it"
        if self._locks and connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        with connection.cursor() as cursor:
            cursor.execute(
                self._sql, [values[one.name] if type(one) is Slot else one for one in self._params]
            )
            found = cursor.fetchall()
        rows = self._read([self._converted(row) for row in found] if self._converters else found)
        if rows and self._beside:
            prefetch_related_objects(rows, *self._beside)
        return rows

    def _converted(self, row: _Row) -> _Row:
        known = list(row)
        for place, converters, column in self._converters:
            for convert in converters:
                known[place] = convert(known[place], column, connection)
        return tuple(known)


def _models(compiler: Any, db: str) -> Callable[[Iterable[_Row]], list[Any]]:
    """As `ModelIterable`."""
    places = compiler.klass_info["select_fields"]
    first, end = places[0], places[-1] + 1
    model = Read(compiler.klass_info["model"])
    names = [column.target.attname for column, _sql, _alias in compiler.select[first:end]]
    related = _related(cast(Any, get_related_populators)(compiler.klass_info, compiler.select, db))
    annotated = list((compiler.annotation_col_map or {}).items())

    def read(row: _Row) -> Any:
        made = model.from_db(db, names, row[first:end])
        for one in related:
            one.populate(row, made)
        for name, place in annotated:
            setattr(made, name, row[place])
        return made

    return lambda rows: [read(row) for row in rows]


def _related(populators: list[Any]) -> list[Any]:
    for one in populators:
        one.model_cls = Read(one.model_cls)
        _related(one.related_populators)
    return populators


def _tuples(compiler: Any, db: str) -> Callable[[Iterable[_Row]], list[Any]]:
    return lambda rows: list(rows)


def _firsts(compiler: Any, db: str) -> Callable[[Iterable[_Row]], list[Any]]:
    return lambda rows: [row[0] for row in rows]


_READERS: dict[Any, _Reader] = {
    ModelIterable: _models,
    ValuesListIterable: _tuples,
    FlatValuesListIterable: _firsts,
}
