import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("catalog", "0001_initial"),
    ]

    operations = [
        begun_by_another(
            "catalog_planprice_plan_id_c2a2cb5a",
            "catalog_planprice (plan_id)",
            migrations.AlterField(
                model_name="planprice",
                name="plan",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="prices",
                    to="catalog.plan",
                ),
            ),
        ),
        begun_by_another(
            "catalog_route_channel_6cffa7ab",
            "catalog_route (channel)",
            migrations.AlterField(
                model_name="route",
                name="channel",
                field=models.ForeignKey(
                    db_column="channel",
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="catalog.channel",
                ),
            ),
        ),
        begun_by_another(
            "catalog_sessionprice_package_id_2259a03a",
            "catalog_sessionprice (package_id)",
            migrations.AlterField(
                model_name="sessionprice",
                name="package",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="session_prices",
                    to="catalog.package",
                ),
            ),
        ),
    ]
