from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Closed",
            fields=[
                ("page", models.UUIDField(primary_key=True, serialize=False)),
                ("persons", models.TextField()),
            ],
        ),
    ]
