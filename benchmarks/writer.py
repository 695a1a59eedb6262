"""Saves a side effect for each line that it reads, as code outside of the admin does: the data have a new version."""

import os
import sys

if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
    django.setup()

    from symptoms.models import SideEffect

    for number, _ in enumerate(sys.stdin):
        statement = SideEffect.objects.public().order_by("-pk").first()
        statement.course = f"written {number % 2}"
        statement.save()
        print("written", flush=True)
