"""Secrets of authenticator apps are encrypted, recovery codes stored as digests."""

from django.db import migrations

from kb.migrations._second_factors import PREFIX, decrypt_key, digest_code, encrypt_key


def protect_secrets(apps, schema_editor):
    """Encrypt the secrets that are there, and replace the codes by their digests."""
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.iterator():
        if not device.key.startswith(PREFIX):
            device.key = encrypt_key(device.key)
            device.save(update_fields=["key"])
    for token in apps.get_model("otp_static", "StaticToken").objects.iterator():
        token.token = digest_code(token.token)
        token.save(update_fields=["token"])


def reveal_secrets(apps, schema_editor):
    """Decrypt the secrets; the codes cannot be told from their digests, so they are gone: people make new ones."""
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.iterator():
        if device.key.startswith(PREFIX):
            device.key = decrypt_key(device.key)
            device.save(update_fields=["key"])
    apps.get_model("otp_static", "StaticToken").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("kb", "0022_release_chunks"),
        ("otp_static", "0003_add_timestamps"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuthenticatorApp",
            fields=[],
            options={"verbose_name": "authenticator app", "proxy": True, "indexes": [], "constraints": []},
            bases=("otp_totp.totpdevice",),
        ),
        migrations.CreateModel(
            name="RecoveryCodes",
            fields=[],
            options={
                "verbose_name": "recovery codes",
                "verbose_name_plural": "recovery codes",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("otp_static.staticdevice",),
        ),
        migrations.RunPython(protect_secrets, reveal_secrets),
    ]
