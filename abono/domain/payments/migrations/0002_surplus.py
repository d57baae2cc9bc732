from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="attempt", name="attempt_state_known"),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["created", "unknown", "paid", "declined", "surplus"])),
                name="attempt_state_known",
            ),
        ),
    ]
