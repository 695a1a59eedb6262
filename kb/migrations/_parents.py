"""What the migrations of `parents` share: the copy from `parent`, and back. It imports no code that may change."""

from django.db import migrations


def copy_parents(app_label, *names):
    """Return the operation that copies `parent` of these models into `parents` and fills their tables of ancestries."""

    def copy_forwards(apps, schema_editor):
        for name in names:
            model, ancestry = apps.get_model(app_label, name), apps.get_model(app_label, f"{name}ancestry")
            links = model.parents.through
            parents = dict(model.objects.values_list("pk", "parent"))
            links.objects.bulk_create(
                links(**{f"from_{name}_id": key, f"to_{name}_id": parent})
                for key, parent in parents.items()
                if parent is not None
            )
            ancestry.objects.bulk_create(
                ancestry(descendant_id=key, ancestor_id=ancestor, depth=depth)
                for key in parents
                for depth, ancestor in enumerate(list_self_and_ancestors(key, parents))
            )
        schema_editor.connection.check_constraints()  # Now, since tables with checks to come cannot be altered.

    def copy_backwards(apps, schema_editor):
        """Keep the first parent of each entry: there is room for one."""
        for name in names:
            model = apps.get_model(app_label, name)
            for key, parent in model.objects.exclude(parents=None).order_by("-parents__slug").values_list("pk", "parents"):
                model.objects.filter(pk=key).update(parent=parent)
        schema_editor.connection.check_constraints()

    return migrations.RunPython(copy_forwards, copy_backwards)


def list_self_and_ancestors(key, parents):
    """Return the key of an entry and those of all above it, upwards."""
    ancestors = []
    while key is not None:
        if key in ancestors:
            raise ValueError(f"The entry with the primary key {key} belongs to itself: mend its parents first.")
        ancestors.append(key)
        key = parents[key]
    return ancestors


def rename_parent_in_contents(apps, schema_editor):
    """Write `parents`, a list, in place of `parent` in all that is kept of records as data.

    Not undone: code that knows `parent` overlooks `parents`.
    """
    for name, columns in [("Version", ["content"]), ("Change", ["base", "content"]), ("Shipment", ["content"])]:
        model, stale = apps.get_model("kb", name), []
        for row in model.objects.iterator():
            renamed = [rename_parent(getattr(row, column)) for column in columns]
            if any(renamed):
                stale.append(row)
        model.objects.bulk_update(stale, columns, batch_size=500)
    Batch, Event, Suggestion = (apps.get_model("kb", name) for name in ("Batch", "Event", "Suggestion"))
    for batch in Batch.objects.iterator():
        if any([rename_parent(row.get("words")) for row in batch.rows]):
            batch.save(update_fields=["rows"])
    for event in Event.objects.iterator():
        if "parent" in event.fields:
            event.fields = ["parents" if field == "parent" else field for field in event.fields]
            event.save(update_fields=["fields"])
    Suggestion.objects.filter(field="parent").update(field="parents")


def rename_parent(content):
    """Rename the field in one content, in place; return whether it had it."""
    if not isinstance(content, dict) or "parent" not in content:
        return False
    parent = content.pop("parent")
    content["parents"] = [parent] if parent else []
    return True
