"""Where the rows of metering lie: entries by month, and on a cluster each contract's on one node (docs/growth.md, docs/citus.md).

What `campaigns`, `interactions` and `usage` keep lies with it: the names of all their tables and functions begin alike.
"""

from __future__ import annotations

from abono.platform.postgres.citus import Layout
from abono.platform.postgres.partitions import Monthly

ENTRIES = Monthly(("metering_send", "metering_settlement"), key="send_id")
CLUSTER = Layout(
    prefix="metering_",
    key="contract_id",
    argument="p_contract",
    first="metering_cycle",
    copied=("catalog_route", "catalog_sessionprice", "catalog_freeperiod", "metering_interaction_kind"),
    in_the_way=(("catalog_sessionprice", "catalog_price_in_order"),),
    whole=("metering_campaign_settle_v1",),
    anywhere=(
        "metering_levels_v1",
        "metering_warn_next_v1",
        "metering_units_v1",
        "metering_free_began_v1",
        "metering_other_row_v1",
    ),
)
