"""Tests of the maintainers' pages: links and paths exist, and lists match the code that they describe."""

import re
import tomllib

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/decisions/*.md")])
PATH_PATTERN = re.compile(r"`((?:kb|treatments|symptoms|tests|docs|clients|fixtures)/[\w./*-]+)`")
LINK_PATTERN = re.compile(r"\]\(([^)\s]+)\)")


def read_page(name):
    return (ROOT / "docs" / name).read_text()


def heading_anchors(page):
    """Return the anchors that a forge makes of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def for_each_page(test):
    return pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])(test)


@for_each_page
def test_every_link_between_pages_leads_somewhere(page):
    for link in LINK_PATTERN.findall(re.sub(r"```.*?```", "", page.read_text(), flags=re.S)):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in heading_anchors(target), link


@for_each_page
def test_every_path_in_a_page_exists(page):
    for path in PATH_PATTERN.findall(page.read_text()):
        assert any(ROOT.glob(path.rstrip("/"))), path


def test_the_tree_names_every_package_of_kb():
    tree = read_page("architecture.md").partition("## The packages of `kb`")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w.]+)/?`", tree))
    packages = {path.parent.name for path in (ROOT / "kb").glob("*/__init__.py")}
    assert packages - named == set()


def test_the_layers_are_those_of_the_import_contract():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = config["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract.get("exhaustive"))
    assert "\n".join(layers) in read_page("architecture.md")


def test_the_middlewares_are_told_in_their_order():
    assert re.findall(r"^\| \d+ \| `([\w.]+)` \|", read_page("architecture.md"), re.M) == settings.MIDDLEWARE


def test_every_variable_of_the_environment_is_told():
    read = re.findall(r'environment\.read_\w+\(\s*"(\w+)"', (ROOT / "kb/settings.py").read_text())
    table = read_page("operations.md")
    assert [name for name in read if f"`{name}`" not in table] == []


def test_the_index_names_every_decision():
    index = (ROOT / "docs/decisions/README.md").read_text()
    for path in (ROOT / "docs/decisions").glob("0*.md"):
        title = path.read_text().splitlines()[0].removeprefix(f"# {int(path.name[:4])}. ")
        assert f"[{title}]({path.name})" in index


NAMES_PATTERN = r"((?:`[\w.]+(?:\(\))?`(?:,| and)? )+)"
NAMES_IN_PATHS = re.compile(rf"{NAMES_PATTERN}in `([\w/]+\.py)`|{NAMES_PATTERN}\(`([\w/]+\.py)`\)")


@for_each_page
def test_every_name_that_is_said_to_be_in_a_file_is_there(page):
    for first, first_path, second, second_path in NAMES_IN_PATHS.findall(page.read_text()):
        for name in re.findall(r"`([\w.]+)(?:\(\))?`", first or second):
            source = (ROOT / (first_path or second_path)).read_text()
            assert re.search(rf"\b{name.rpartition('.')[2]}\b", source), (name, first_path or second_path)


def test_every_class_option_is_read_where_it_is_said_to_be():
    rows = re.findall(
        r"^\| `(\w+)` \|.*\|([^|]+)\|$", read_page("architecture.md").partition("## Class options")[2], re.M
    )
    readers = [(option, path) for option, cell in rows for path in re.findall(r"`([\w/]+\.py)`", cell)]
    assert len(readers) > 10
    for option, path in readers:
        assert re.search(rf"\b{option}\b", (ROOT / path).read_text()), (option, path)


def test_the_version_of_the_code_stands_once_everywhere():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == settings.VERSION
    assert re.search(rf"^## {re.escape(settings.VERSION)} ", (ROOT / "CHANGELOG.md").read_text(), re.M)
