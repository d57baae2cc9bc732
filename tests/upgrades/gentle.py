"""Which statements of a migration would stop service, or the programs of the version before (OPS-5, docs/releasing.md).

While one version follows another, both work on the same tables: what is there is only added to. What nobody uses any more
goes one version later, and says so: `unused_since`, the released version that did without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

type Key = tuple[str, str]  # of a migration: its app and its name

_NOISE = re.compile(r"\$(\w*)\$.*?\$\1\$|--[^\n]*|'(?:[^']|'')*'", re.S)
_NAME = r'(?:IF (?:NOT )?EXISTS )?(?:ONLY )?"?(?:public"?\.)?"?(\w+)"?'
_NEW = re.compile(rf"^CREATE TABLE {_NAME}", re.I)
_OF = re.compile(rf"^(?:ALTER TABLE|DROP TABLE|LOCK TABLE|TRUNCATE(?: TABLE)?|CREATE .*? ON) {_NAME}", re.I)
_DROPS = re.compile(r"\bDROP (?:TABLE|COLUMN|FUNCTION|TYPE|SEQUENCE)\b", re.I)
_RULES = {
    r"\bRENAME\b": "the version before knows it by its old name: add the new one beside it",
    r"\bADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL\b": "rows that are there have no value: give a default (db_default)",
    r"\bADD COLUMN .*(?:\bSERIAL\b|GENERATED .* STORED|DEFAULT \(?(?:gen_random_uuid|uuidv7|random|clock_timestamp|nextval)\b)": (
        "every row is written anew meanwhile: add it empty, fill it in slices"
    ),
    r"\bALTER COLUMN .* DROP DEFAULT": "the version before adds rows without it: keep the default (db_default)",
    r"\bALTER COLUMN .* SET NOT NULL": "every row is read meanwhile, and the version before may add empty ones",
    r"\bALTER COLUMN .* (?:SET DATA )?TYPE\b": "every row is written anew meanwhile: add a column beside it",
    r"\bADD CONSTRAINT (?!.*(?:NOT VALID|USING INDEX))": (
        "every row is read meanwhile: NOT VALID first, then VALIDATE CONSTRAINT; or USING INDEX"
    ),
    r"^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)": "nobody writes meanwhile: CONCURRENTLY, in a migration that is not atomic",
    r"^REINDEX (?!.*CONCURRENTLY)|^CLUSTER\b|^VACUUM FULL|^LOCK TABLE|^TRUNCATE": "callers wait until it is done",
    r"^CREATE OR REPLACE FUNCTION": "the version before calls it: the next number is a function of its own (_v2)",
}  # fmt: skip


def harsh(migrations: Iterable[Migration], *, released: Iterable[str]) -> list[str]:
    """What they may not do to tables that are there before them, with what to do instead; in order."""
    there = set(released)
    new: set[str] = set()
    found = []
    for migration, sql in _sql(migrations):
        unused = getattr(migration, "unused_since", None)
        for statement in statements(sql):
            new |= {made[1] for made in [_NEW.match(statement)] if made}
            if (of := _OF.match(statement)) and of[1] in new:
                continue
            if _DROPS.search(statement) and unused not in there:
                found.append(f"{migration}: {statement}: the version before may use it: unused_since")
            found += [
                f"{migration}: {statement}: {why}"
                for rule, why in _RULES.items()
                if re.search(rule, statement, re.I)
            ]
    return found


def _sql(migrations: Iterable[Migration]) -> Iterator[tuple[Migration, str]]:
    """Each with what it says. It finds what those before it leave, which is not drawn anew for each."""
    loader = MigrationLoader(None)
    state, done = ProjectState(real_apps=loader.unmigrated_apps), set[Key]()
    for migration in migrations:
        key = (migration.app_label, migration.name)
        for before in _plan(loader, [key] if key in loader.graph.nodes else loader.graph.leaf_nodes()):
            if before not in {key, *done}:
                state = loader.graph.nodes[before].mutate_state(state, preserve=False)
                done.add(before)
        with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor, collect_sql=True)
        done.add(key)
        yield migration, "\n".join(editor.collected_sql)


def _plan(loader: MigrationLoader, leaves: Iterable[Key]) -> list[Key]:
    """All that come before these, and they, in the order in which they are applied."""
    return list(dict.fromkeys(key for leaf in leaves for key in loader.graph.forwards_plan(leaf)))


def statements(sql: str) -> Iterator[str]:
    """One by one, without bodies of functions, texts and remarks."""
    for part in _NOISE.sub(lambda found: " " if found[0].startswith("--") else "''", sql).split(";"):
        if plain := " ".join(part.split()):
            yield plain


def after(names: Iterable[str]) -> list[Migration]:
    """Ours that are not among these, in the order in which they are applied."""
    known = set(names)
    loader = MigrationLoader(None)
    plan = _plan(loader, loader.graph.leaf_nodes())
    ours = (loader.graph.nodes[key] for key in plan if ".".join(key) not in known)
    return [migration for migration in ours if type(migration).__module__.startswith("abono.")]
