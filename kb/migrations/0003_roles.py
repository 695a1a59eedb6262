from django.db import migrations

ROLES = ["viewer", "editor", "reviewer", "administrator"]
PERMISSIONS = {
    "view_knowledge": "read what is in the admin, drafts and history included",
    "write_knowledge": "write drafts and propose changes",
    "publish_knowledge": "approve, send back or reject what somebody else proposed",
    "administer_knowledge": "look after people, tokens and sign-ins",
}


def make(apps, schema_editor):
    """Each role is a group that holds its permissions and those of the roles before it."""
    contents, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="kb", model="change")
    permission, group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    held = []
    for role, (codename, name) in zip(ROLES, PERMISSIONS.items()):
        held.append(
            permission.objects.get_or_create(content_type=contents, codename=codename, defaults={"name": name})[0]
        )
        group.objects.get_or_create(name=role)[0].permissions.add(*held)


class Migration(migrations.Migration):

    dependencies = [
        ("kb", "0002_search_index"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
