"""What a database is made of, a line for each thing: two of the same lines take the same programs."""

from __future__ import annotations

import re

from django.db import connection

from abono.entrypoints.cli.walls import LAYOUT
from abono.platform.postgres import doors

# Partitions are of the months in which a database lived. Columns are told by name: one that was added is the last.
_LINES = """
WITH ours AS (
  SELECT c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relacl, c.reloptions, c.relowner
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
SELECT concat_ws(' ', 'relation', relkind, relname, relrowsecurity, relforcerowsecurity, reloptions) FROM ours
UNION ALL
SELECT concat_ws(' ', 'right on', o.relname, a.grantee::regrole, string_agg(a.privilege_type, ',' ORDER BY a.privilege_type))
  FROM ours o, aclexplode(o.relacl) a WHERE a.grantee <> o.relowner GROUP BY o.relname, a.grantee
UNION ALL
SELECT concat_ws(' ', 'column', o.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                 a.attgenerated, (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                                   WHERE d.adrelid = o.oid AND d.adnum = a.attnum))
  FROM ours o JOIN pg_attribute a ON a.attrelid = o.oid
 WHERE o.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT concat_ws(' ', 'constraint', o.relname, c.conname, c.convalidated, pg_get_constraintdef(c.oid))
  FROM ours o JOIN pg_constraint c ON c.conrelid = o.oid WHERE c.contype <> 'n'
UNION ALL
SELECT concat_ws(' ', 'index', i.indisvalid, pg_get_indexdef(i.indexrelid))
  FROM ours o JOIN pg_index i ON i.indrelid = o.oid
UNION ALL
SELECT concat_ws(' ', 'trigger', o.relname, pg_get_triggerdef(t.oid))
  FROM ours o JOIN pg_trigger t ON t.tgrelid = o.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT concat_ws(' ', 'policy', o.relname, p.polname, p.polcmd, p.polpermissive,
                 (SELECT string_agg(CASE WHEN r = o.relowner THEN 'owner' ELSE r::regrole::text END, ',' ORDER BY r)
                    FROM unnest(p.polroles) r),
                 pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
  FROM ours o JOIN pg_policy p ON p.polrelid = o.oid
UNION ALL
SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid),
                 (SELECT string_agg(CASE WHEN a.grantee = p.proowner THEN 'owner' ELSE a.grantee::regrole::text END, ','
                                    ORDER BY a.grantee)
                    FROM aclexplode(p.proacl) a))
  FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
   AND (NOT p.proname ^@ %(door)s OR p.proname = ANY (%(doors)s))
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT concat_ws(' ', 'type', t.typname, t.typtype, (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
                                                       FROM pg_enum e WHERE e.enumtypid = t.oid))
  FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
"""
_CASTS = re.compile(r"::(?:character varying|text)\b(?:\[\])?|[()]")


def shape() -> list[str]:
    """Tables, columns, constraints, indexes, triggers, policies, rights and functions of the default database."""
    given = [doors.named(what, statement) for what, statement in LAYOUT.doors.items()]
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {"door": doors.PREFIX, "doors": given})
        return sorted(_plain(line) for (line,) in cursor.fetchall())


def _plain(line: str) -> str:
    """A dump that was read writes some expressions with other casts of texts, and brackets around them."""
    return line if line.startswith("function") else _CASTS.sub("", line)
