from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0001_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="activity",
            name="activity_by_unit_time",
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["unit", "-planned_at", "-id"], name="activity_newest_of_unit"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["unit", "-opened_at", "-id"], name="case_newest_of_unit"),
        ),
    ]
