from __future__ import annotations

from django.db import migrations

from abono.platform.postgres import sqlfiles

PACKAGE = "abono.domain.licences"
TABLES = (
    "licences_pool, licences_lease, licences_place, licences_kept, licences_barred, licences_gone, licences_spell,"
    " licences_peak"
)
ROOM = (
    "licences_each_v1(uuid[], timestamptz[], integer[], boolean[], integer[], integer[], timestamptz[], timestamptz[], integer[],"
    " integer[], text[], text[], text[], smallint[], timestamptz[]), licences_room_v1(uuid[], timestamptz[], integer[], integer[]),"
    " licences_come_v1(uuid[], integer[], smallint[], text[]),"
    " licences_lock_leases_v1(uuid[], integer[], text[], text[]), licences_lock_v1(uuid[]), licences_barred_v1(uuid, text[]), licences_pass_v1(uuid, timestamptz),"
    " licences_forget_v1(timestamptz, timestamptz, integer),"
    " licences_refused_v1(uuid, text, timestamptz, integer, integer, boolean, boolean),"
    " licences_idlest_v1(uuid, timestamptz, integer, timestamptz, text[], text),"
    " licences_take_v1(uuid, timestamptz, integer), licences_end_v1(uuid, text[], text, timestamptz),"
    " licences_others_v1(uuid, timestamptz, integer, text[]), licences_unused_v1(uuid, timestamptz, integer)"
)
FUNCTIONS = {
    "owned": "uuid, timestamptz",
    "decide_contract": "uuid, timestamptz, integer, integer, integer, integer, integer, boolean, boolean,"
    " smallint[], text[], text[], text[], text[], integer[]",
    "decide": "uuid[], timestamptz[], integer[], integer[], integer[], integer[], integer[], boolean[], boolean[],"
    " integer[], smallint[], text[], text[], text[], text[], integer[]",
    "beat": "uuid[], timestamptz[], integer[], integer[], text[], text[], integer[]",
}


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("contracts", "0016_ends_at"),
        ("catalog", "0001_initial"),
        ("identity", "0006_people_valid"),
    ]
    operations = [
        sqlfiles.script(PACKAGE, "schema_v1.sql", undo=f"DROP TABLE {TABLES}"),
        sqlfiles.script(PACKAGE, "room_v1.sql", undo=f"DROP FUNCTION {ROOM}"),
        *(
            sqlfiles.function(PACKAGE, f"{name}_v1.sql", drop=f"licences_{name}_v1({arguments})")
            for name, arguments in FUNCTIONS.items()
        ),
    ]
