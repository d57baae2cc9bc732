"""No table of ours is written into an index that another one makes needless."""

from __future__ import annotations

import pytest
from django.db import connection

# Both of the same rows in the same way, and the other one begins with all columns of the first. What Django's and
# other packages' tables have is theirs.
_NEEDLESS = """
WITH known AS (
  SELECT x.indexrelid AS id, x.indrelid AS of, i.relname AS name, x.indisunique AS once, i.relam AS kind,
         pg_get_expr(x.indpred, x.indrelid) AS only, array_upper(x.indkey, 1) AS last, x.indkey::int2[] AS columns, x.indclass::oid[] AS ways
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
   WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition AND x.indexprs IS NULL
     AND t.relname !~ '^(auth|django|procrastinate|account|mfa|socialaccount|usersessions)_')
SELECT one.name, other.name
  FROM known one JOIN known other
    ON other.of = one.of AND other.id <> one.id AND other.kind = one.kind AND other.only IS NOT DISTINCT FROM one.only
 WHERE NOT one.once AND (other.last > one.last OR other.once OR other.id < one.id)
   AND other.columns[0:one.last] = one.columns[0:one.last] AND other.ways[0:one.last] = one.ways[0:one.last]
 ORDER BY 1"""


@pytest.mark.django_db
def test_no_index_is_begun_by_another() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NEEDLESS)
        assert cursor.fetchall() == []
