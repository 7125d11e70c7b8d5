import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tickets.models

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("complaint_registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(default=tickets.models.reference_new, max_length=16, unique=True)),
                ("subject", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("new", "New"), ("assigned", "Assigned"), ("done", "Done")],
                        default="new",
                        max_length=8,
                    ),
                ),
                (
                    "citizen",
                    models.ForeignKey(on_delete=PROTECT, related_name="tickets", to=settings.AUTH_USER_MODEL),
                ),
                ("complaint", models.OneToOneField(on_delete=PROTECT, to="complaint_registry.complaint")),
                (
                    "officer",
                    models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
    ]
