"""nginx in a process of its own, with the configuration of deploy/."""

import os
import shutil
from contextlib import contextmanager
from string import Template

import pytest
from django.conf import settings

from tests.helpers.servers import find_free_port, run_process

NGINX_TEMPLATE = settings.BASE_DIR / "deploy/nginx/kb.conf.template"


def write_nginx_configuration(directory, **values):
    """Write the configuration of deploy/ with these values into a directory, and a main file around it; return that."""
    values |= {"NGINX_CACHE_DIR": str(directory / "cache")}
    (directory / "kb.conf").write_text(Template(NGINX_TEMPLATE.read_text()).safe_substitute(values))
    main, user = directory / "nginx.conf", "user root;" if os.getuid() == 0 else ""  # Else it may not read the folder.
    main.write_text(
        f"{user} daemon off; pid {directory}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ include {directory}/kb.conf; }}"
    )
    return main


@contextmanager
def run_nginx(directory, *web_ports):
    """Run nginx in front of web processes; give its port, and stop it at the end."""
    program, port = shutil.which("nginx") or pytest.skip("nginx is not installed."), find_free_port()
    configuration = write_nginx_configuration(
        directory,
        NGINX_LISTEN=f"127.0.0.1:{port}",
        NGINX_ACCESS_LOG="/dev/null",
        NGINX_FORWARDED_PROTO="$scheme",
        NGINX_WEB_SERVERS=" ".join(f"server 127.0.0.1:{web_port};" for web_port in web_ports),
    )
    with run_process([program, "-c", configuration, "-p", directory], port):
        yield port
