import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

REFUSED_STATES = ["rejected", "returned"]


def carry_remarks_over(apps, schema_editor):
    """Make a remark of the one text that each change had, and name it where the change was sent back or rejected."""
    Change, Remark = apps.get_model("kb", "Change"), apps.get_model("kb", "Remark")
    for change in Change.objects.exclude(remark="").iterator():
        remark = Remark.objects.create(
            change=change,
            by_id=change.reviewer_id or change.author_id,
            at=change.decided_at or change.begun_at,
            text=change.remark,
            content=change.content,
        )
        if change.state in REFUSED_STATES:
            Change.objects.filter(pk=change.pk).update(refusal=remark)
    if schema_editor.connection.vendor == "postgresql":  # It alters no table while checks of its rows are put off.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def carry_remarks_back(apps, schema_editor):
    """Give each change its last refusal, else what was last said of it, as its one text."""
    Change, Remark = apps.get_model("kb", "Change"), apps.get_model("kb", "Remark")
    for remark in Remark.objects.order_by("at", "pk").iterator():
        Change.objects.filter(pk=remark.change_id, refusal=None).update(remark=remark.text)
    for change in Change.objects.filter(state__in=REFUSED_STATES).select_related("refusal").iterator():
        Change.objects.filter(pk=change.pk).update(remark=change.refusal.text)


class Migration(migrations.Migration):

    dependencies = [
        ("kb", "0014_editions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, help_text="When.")),
                ("text", models.CharField(help_text="What is said.", max_length=1000)),
                ("content", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, help_text="The record as it was proposed then.")),
                ("by", models.ForeignKey(help_text="By whom.", on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("change", models.ForeignKey(help_text="Of which change.", on_delete=django.db.models.deletion.CASCADE, related_name="remarks", to="kb.change")),
            ],
            options={
                "ordering": ["at", "pk"],
                "constraints": [models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="a_remark_says_something")],
            },
        ),
        migrations.AddField(
            model_name="batch",
            name="together",
            field=models.BooleanField(default=False, help_text="Whether its changes are published together or not at all, as an editor sent them."),
        ),
        migrations.AddField(
            model_name="change",
            name="continues",
            field=models.ForeignKey(help_text="The rejected change of the same author that it takes up again.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kb.change"),
        ),
        migrations.AddField(
            model_name="change",
            name="refusal",
            field=models.ForeignKey(help_text="The remark with which it was last sent back or rejected.", null=True, on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="kb.remark"),
        ),
        migrations.RemoveConstraint(model_name="change", name="a_refusal_gives_its_reason"),
        migrations.RunPython(carry_remarks_over, carry_remarks_back),
        migrations.RemoveField(model_name="change", name="remark"),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("state__in", ["rejected", "returned"]), _negated=True), ("refusal__isnull", False), _connector="OR"), name="a_refusal_gives_its_reason"),
        ),
    ]
