"""The example client programs: shown in docs/clients.md as they are, with portable lock files."""

import pytest
from django.conf import settings

PAGE = settings.BASE_DIR / "docs/clients.md"


@pytest.mark.parametrize("name", ["python/side_effects.py", "typescript/side-effects.ts"])
def test_the_page_shows_the_program_as_it_is(name):
    language = {"py": "python", "ts": "ts"}[name.rpartition(".")[2]]
    assert f"```{language}\n{(settings.BASE_DIR / 'clients' / name).read_text()}```\n" in PAGE.read_text()


@pytest.mark.parametrize(
    "path",
    [
        "clients/python/requirements.txt",
        "clients/research/requirements.txt",
        "clients/typescript/package-lock.json",
        "benchmarks/requirements.txt",
    ],
)
def test_no_lock_file_names_a_package_host(path):
    text = (settings.BASE_DIR / path).read_text()
    assert "resolved" not in text
    assert "index-url" not in text
