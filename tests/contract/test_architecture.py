"""Architecture: layers of apps, size and docstrings of modules, names, imports of migrations, templates, paths."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
APPS = ["kb", "treatments", "symptoms"]  # Each imports only those before it.
MODULES = [
    module
    for package in [*APPS, "benchmarks", "tests"]
    for module in sorted((ROOT / package).rglob("*.py"))
    if not {"migrations", ".venv"} & set(module.parts)
]
MIGRATIONS = [module for app in APPS for module in sorted((ROOT / app / "migrations").glob("*.py"))]

# Names that do not say what a function does or what a value holds: a function is a verb with its object, a class or a
# constant is a noun, in the standard words of the field.
BANNED_NAMES = {"as_if", "called", "counted", "drawn", "found", "given", "made_of", "named", "shown", "to_be"}
BANNED_WORDS = {  # Not even as a part of a name.
    *("alarm", "alarms", "asked", "dressed", "fault", "faults", "guessed", "happened", "heap", "heaps", "heard"),
    *("kept", "lately", "meant", "said", "spoken", "stands", "tell", "tells", "told"),
}
ALLOWED_NAMES = {  # What readers of the API or of the admin see.
    "AccountEvent.EventType.GIVEN": "a choice",
    "CoverageSerializer.said": "a field of the API",
    "FindingAdmin.found": "a column of the admin",
    "FeatureSerializer.given": "a field of the API",
    "SentenceSerializer.given": "a field of the API",
}


def list_tracked_files(*patterns):
    process = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607
    if process.returncode:
        pytest.skip("This is no git checkout.")
    return [ROOT / name for name in process.stdout.split()]


def iter_public_names(body, prefix=""):
    """Yield the qualified name of every public function, class, method, constant and class attribute."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
        else:
            names = []
        yield from (f"{prefix}{name}" for name in names if not name.startswith("_"))
        if isinstance(node, ast.ClassDef):
            yield from iter_public_names(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from iter_public_names(node.body, prefix)


def find_banned_names(source):
    """Return the public names of a module that are banned; names of tests are sentences and stay."""
    return [
        qualified_name
        for qualified_name in iter_public_names(ast.parse(source).body)
        for name in [qualified_name.rpartition(".")[2]]
        if not name.startswith("test_") and qualified_name not in ALLOWED_NAMES
        if name.lower() in BANNED_NAMES or BANNED_WORDS & {word.lower() for word in split_name(name)}
    ]


def split_name(name):
    """Return the words of a name in any of Python's conventions."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)


def iter_imports(module):
    """Yield the dotted name of everything that a module imports, in functions too."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_model_of_a_record_belongs_to_one_of_the_apps():
    from django.apps import apps

    from kb.models import Record

    for model in apps.get_models():
        if issubclass(model, Record):
            assert model._meta.app_label in APPS


def test_an_app_names_the_apps_above_it_only_as_text():
    for layer, app in enumerate(APPS):
        for module in (ROOT / app).rglob("*.py"):
            imported = {name.partition(".")[0] for name in iter_imports(module)}
            assert not imported & {*APPS[layer + 1 :], "tests"}, module


def test_every_module_has_a_docstring():
    for module in MODULES:
        assert module.read_text().startswith('"""') or not module.read_text(), module


def test_the_docstring_of_a_module_of_kb_begins_with_one_short_sentence():
    for module in (ROOT / "kb").rglob("*.py"):
        if module in MODULES and module.read_text():
            first_line = ast.get_docstring(ast.parse(module.read_text())).partition("\n")[0]
            assert len(first_line) <= 120, module
            assert first_line.endswith("."), module


def test_no_module_is_too_large():
    for module in MODULES:
        assert len(module.read_text().splitlines()) <= 250, module


def test_no_public_name_is_banned():
    banned = [f"{path.relative_to(ROOT)}: {name}" for path in MODULES for name in find_banned_names(path.read_text())]
    assert banned == []


@pytest.mark.parametrize(
    ("source", "banned"),
    [
        ("def told(x):\n    pass", ["told"]),
        ("async def tell_readers():\n    pass", ["tell_readers"]),
        ("class Heap:\n    pass", ["Heap"]),
        ("class RedFlagAlarm:\n    def shown(self):\n        pass", ["RedFlagAlarm", "RedFlagAlarm.shown"]),
        ("class Report:\n    faults = []\n    named: str", ["Report.faults", "Report.named"]),
        ("KEPT, ROWS = 1, 2", ["KEPT"]),
        ("if True:\n    def as_if():\n        pass", ["as_if"]),
        ("def _told():\n    pass\n\ndef test_what_is_said():\n    pass", []),
        ("class NamedEntries:\n    def find_called(self):\n        told = 1", []),
        ("class FindingAdmin:\n    def found(self):\n        pass", []),
    ],
)
def test_a_banned_name_is_recognised(source, banned):
    assert find_banned_names(source) == banned


def test_every_allowed_name_is_in_use():
    names = {name for module in MODULES for name in iter_public_names(ast.parse(module.read_text()).body)}
    assert ALLOWED_NAMES.keys() <= names


def test_a_migration_imports_no_code_that_may_change():
    """Only custom fields, the defaults and validators of fields (Django writes references to them itself), and what
    migrations share, which stands beside them and is held to the same.
    """
    from django.db.models import Model
    from django.utils.module_loading import import_string

    for migration in MIGRATIONS:
        imported = {name for name in iter_imports(migration) if name.partition(".")[0] in APPS}
        imported = {name for name in imported if not name.startswith("kb.migrations._")}
        for name in imported - {"kb.fields"}:
            assert name.startswith("kb.models."), f"{migration} imports {name}"
            assert (ROOT / name.replace(".", "/")).with_suffix(".py").is_file(), f"{migration} imports {name}"
        for name in re.findall(r"\bkb\.models\.[a-z_]+\.\w+", migration.read_text()):
            reference = import_string(name)
            assert callable(reference), f"{migration} uses {name}"
            assert not isinstance(reference, type) or not issubclass(reference, Model), f"{migration} uses {name}"


def test_no_module_outside_of_the_tests_imports_the_test_tools_of_django():
    for module in MODULES:
        if (ROOT / "tests") not in module.parents:
            assert not [name for name in iter_imports(module) if name.startswith("django.test")], module


def test_no_path_of_a_machine_is_in_the_project():
    for path in list_tracked_files(
        "*.py", "*.md", "*.yaml", "*.toml", "*.in", "*.txt", "Makefile", ".ci/run", "*.html"
    ):
        assert not re.search(r"/(work|root|tmp|home)/[a-z]", path.read_text()), path


def test_templates_hold_no_inline_scripts_or_styles():
    for path in list_tracked_files("*.html"):
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text), path
