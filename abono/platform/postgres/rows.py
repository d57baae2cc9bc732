"""Instances of models, made as Django makes them but without what nobody here asks for: signals, deferred columns, a call for each
attribute. Where hundreds are made at once that costs more than what they are made for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.db.models import Model
from django.db.models.base import ModelState


def new[M: Model](model: type[M], **values: object) -> M:
    """One that is not written yet, with the defaults of its model.

    values   by column: `customer_id`, not `customer`
    """
    plain, called = _defaults(model)
    asked = {name: default() for name, default in called if name not in values}
    return _made(model, ModelState(), plain | asked | values)


def put_beside(one: Model, **related: Model) -> None:
    """Rows that it points at already, for whoever asks it for them."""
    one._state.fields_cache.update(related)


class Read:
    """Reads rows of a model; `from_db` as `Model.from_db`, of all its columns."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model

    def from_db(self, db: str, names: Iterable[str], row: Iterable[Any]) -> Model:
        state = ModelState()
        state.adding, state.db = False, db
        return _made(self._model, state, dict(zip(names, row, strict=True)))


def _made[M: Model](model: type[M], state: ModelState, values: dict[str, Any]) -> M:
    one = model.__new__(model)
    values["_state"] = state
    one.__dict__ = values
    return one


@cache
def _defaults(model: type[Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """Those that are always the same, and those that are called for."""
    plain, called = dict[str, Any](), list[tuple[str, Callable[[], Any]]]()
    for one in model._meta.concrete_fields:
        if one.has_default() and callable(one.default):
            called.append((one.attname, one.default))
        else:
            plain[one.attname] = one.get_default()
    return plain, called
