"""The example client programs: shown in docs/clients.md as they are, with portable lock files."""

import pytest
from django.conf import settings

PAGE = settings.BASE_DIR / "docs/clients.md"


@pytest.mark.parametrize("name", ["python/side_effects.py", "typescript/side-effects.ts"])
def test_the_page_shows_the_program_as_it_is(name):
    language = {"py": "python", "ts": "ts"}[name.rpartition(".")[2]]
    assert f"```{language}\n{(settings.BASE_DIR / 'clients' / name).read_text()}```\n" in PAGE.read_text()


@pytest.mark.parametrize(
    "name", ["python/requirements.txt", "research/requirements.txt", "typescript/package-lock.json"]
)
def test_no_lock_file_names_a_package_host(name):
    text = (settings.BASE_DIR / "clients" / name).read_text()
    assert "resolved" not in text
    assert "index-url" not in text
