"""The files of deploy/: each as valid as can be told without a container engine, and true of this project."""

import re
import shutil
import subprocess

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from kb.management.commands import serve
from tests.helpers.nginx import NGINX_TEMPLATE, write_nginx_configuration

ROOT = settings.BASE_DIR
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"})
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
UNITS = sorted((DEPLOY / "systemd").iterdir())
NGINX_VALUES = {
    "NGINX_LISTEN": "127.0.0.1:8089",
    "NGINX_ACCESS_LOG": "/dev/null",
    "NGINX_FORWARDED_PROTO": "$scheme",
    "NGINX_WEB_SERVERS": "server 127.0.0.1:8001; server 127.0.0.1:8002;",
}
# Variables that other programs read: the images of PostgreSQL and nginx, psql, pip, Python, systemd, our scripts.
OTHER_VARIABLES = re.compile(
    r"(NGINX|POSTGRES|PIP)_\w+|(PG|PYTHON)\w+|PRIMARY_HOST|REPLICATION_PASSWORD|HOSTNAME|ON_ERROR_STOP|MAINPID"
)


def require(program):
    return shutil.which(program) or pytest.skip(f"{program} is not installed.")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def list_settings():
    """Return the names of the variables that settings.py reads."""
    return set(re.findall(r'environment\.read_\w+\(\s*"(\w+)"', (ROOT / "kb/settings.py").read_text()))


def find_variables(text):
    """Return the names of environment variables that a file sets or uses: NAME: value, NAME=value, ${NAME}, $NAME."""
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    return {
        *re.findall(r"\$\{?([A-Z][A-Z_]+)", text),
        *re.findall(r"^\s*([A-Z][A-Z_]{2,}):", text, re.M),
        *re.findall(r"(?:^|\s|ENV |Environment=)([A-Z][A-Z_]{2,})=", text, re.M),
    }


def get_services():
    return COMPOSE["services"].items()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_variable_is_one_that_the_settings_read(path):
    unknown = {name for name in find_variables(path.read_text()) if not OTHER_VARIABLES.fullmatch(name)}
    assert unknown - list_settings() == set()


def test_variables_are_found_where_they_stand():
    text = "ENV LOG_FORMAT=json METRICS_DIR=/x\n  HTTPS: ${PROXIES:-1}\nEnvironment=SITE_URL=x\n# OLD_NAME=1\n"
    assert find_variables(text) == {"LOG_FORMAT", "METRICS_DIR", "HTTPS", "PROXIES", "SITE_URL"}


def test_compose_has_the_parts_of_the_topology():
    assert COMPOSE["services"].keys() == {
        *("primary", "replica1", "replica2", "redis", "prepare", "web1", "web2", "nginx")
    }


def test_every_reference_of_compose_leads_somewhere():
    volumes_used = set()
    for name, service in get_services():
        assert service.get("image"), name
        for dependency, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":  # The web processes' check is in the container's file.
                assert COMPOSE["services"][dependency].keys() & {"healthcheck", "build"}, name
        for mount in service.get("volumes", []):
            source = mount.partition(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).is_file(), mount
            else:
                volumes_used.add(source)
        if build := service.get("build"):
            assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    assert volumes_used == set(COMPOSE["volumes"])


def test_the_servers_in_urls_of_compose_are_its_services():
    text = (DEPLOY / "compose.yaml").read_text()
    hosts = {*re.findall(r"://(?:[^@\n]*?@)?(\w+):\d", text), *re.findall(r"server (\w+):\d+", text)}
    assert hosts == {"primary", "replica1", "replica2", "redis", "web1", "web2"}


def test_compose_asks_for_every_secret_and_the_example_names_what_it_asks():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    assert asked == set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "compose.env.example").read_text(), re.M))


def test_the_container_copies_what_exists_and_runs_as_nobody_special():
    text = (DEPLOY / "Containerfile").read_text()
    for sources in re.findall(r"^COPY (.+) \S+$", text, re.M):
        for source in sources.split():
            assert (ROOT / source).exists(), source
    assert "\nUSER kb\n" in text
    assert "HEALTHCHECK" in text


@pytest.mark.parametrize(
    "path", [DEPLOY / "Containerfile", DEPLOY / "systemd/kb-web.service"], ids=lambda path: path.name
)
def test_the_server_is_started_by_its_command(path):
    assert re.search(r"manage\.py\W+serve", path.read_text())


def test_every_option_of_the_server_exists():
    help_text = run(ROOT / ".venv/bin/granian", "--help").stdout
    variables = {name for name in serve.build_environment() if name.startswith("GRANIAN_")}
    options = [part for part in serve.build_command() if part.startswith("--")]
    assert len(variables) > 10
    assert [name for name in variables if name not in help_text] == []
    assert [option for option in options if f"{option} " not in help_text] == []


def test_an_option_of_the_server_can_be_set_to_something_else(monkeypatch):
    monkeypatch.setenv("GRANIAN_RESPAWN_INTERVAL", "20")
    assert serve.build_environment()["GRANIAN_RESPAWN_INTERVAL"] == "20"


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_every_unit_of_systemd_is_valid(unit, tmp_path):
    program = require("systemd-analyze")
    for path in UNITS:
        (tmp_path / path.name).write_text(path.read_text().replace("/srv/kb/.venv/bin/python", "/bin/true"))
    process = run(program, "verify", "--man=no", tmp_path / unit.name)
    assert [line for line in process.stderr.splitlines() if unit.stem in line] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_every_command_of_a_unit_exists(unit):
    for command in re.findall(r"manage\.py (\w+)", unit.read_text()):
        assert command in get_commands()


def test_the_configuration_of_nginx_is_valid(tmp_path):
    program = require("nginx")
    assert set(re.findall(r"\$\{(\w+)\}", NGINX_TEMPLATE.read_text())) == {
        *NGINX_VALUES,
        "NGINX_CACHE_DIR",
        "LIKE_THIS",
    }
    process = run(program, "-t", "-c", write_nginx_configuration(tmp_path, **NGINX_VALUES), "-p", tmp_path)
    assert process.returncode == 0, process.stderr


@pytest.mark.parametrize("path", sorted((DEPLOY / "postgres").iterdir()), ids=lambda path: path.name)
def test_the_scripts_are_valid(path):
    process = run("bash", "-n", path)
    assert process.returncode == 0, process.stderr
