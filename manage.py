#!/usr/bin/env python
"""Run a Django management command."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from kb.db_backends.time_limits import lift_time_limits

if __name__ == "__main__":
    os.umask(0o077)  # What a command writes is nobody else's.
    if "runserver" not in sys.argv:
        lift_time_limits()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Settings: {error}")
