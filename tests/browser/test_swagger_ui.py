"""Swagger UI as a place to work, in a real browser, under the strict Content-Security-Policy, without a network."""

import json

import pytest

from tests.helpers.browser import find_violations, open_page

pytestmark = pytest.mark.django_db
DOCS = "/api/v1/docs/"


def find_operation(page, group, operation):
    """Where an operation stands."""
    return page.locator(f"[id='operations-{group.replace(' ', '_')}-{operation}']")


@pytest.fixture(scope="module")
def module_page(browser, shipped_site):
    """One page for all tests of this module: Swagger UI takes seconds to start."""
    with open_page(browser, shipped_site) as page:
        page.goto(DOCS)
        page.locator(".opblock").first.wait_for()
        page.used = set()
        yield page


@pytest.fixture
def page(module_page):
    """Swagger UI, started already; any error in its console fails the test."""
    yield module_page
    errors, module_page.errors[:] = [*module_page.errors], []
    assert errors == []


@pytest.fixture
def own_page(browser, shipped_site):
    """A page for one test alone, on which nothing is open yet."""
    with open_page(browser, shipped_site) as page:
        yield page
    assert page.errors == []


@pytest.fixture
def open_operation(page):
    """Open an operation, as nobody has used it yet."""

    def open_operation(group, operation):
        if operation in page.used:
            page.goto(DOCS)
            page.used.clear()
        page.used.add(operation)
        block = find_operation(page, group, operation)
        block.locator(".opblock-summary-control").click()
        block.locator(".execute").wait_for()
        return block

    return open_operation


def choose_values(block, parameter, *slugs):
    """Put slugs into a parameter, each chosen from what is offered; the names that they are offered with."""
    row = block.locator(f"tr[data-param-name={parameter}]")
    names = []
    for slug in slugs:
        row.get_by_role("button", name="Add another item").click()
        control = row.get_by_label(parameter, exact=True).last
        control.focus()
        offered = block.page.locator(f"datalist#{control.get_attribute('list')} option[value='{slug}']")
        offered.wait_for(state="attached")
        names.append(offered.inner_text())
        control.fill(slug)
    return names


def execute_operation(block, status=200):
    """What is asked and what is answered."""
    block.get_by_role("button", name="Execute").click()
    block.locator(".live-responses-table .response-col_status").get_by_text(str(status)).wait_for()
    asked = block.locator(".request-url pre").inner_text().partition("/api/v1/")[2]
    return asked, json.loads(block.locator(".live-responses-table .highlight-code pre").first.inner_text())


OPERATIONS = [
    ("Start here", "contents", "", lambda told: told["how_to_cite"] and told["resources"]),
    (
        "Questions",
        "explain",
        "explain/?symptom=muscle-pain&taking=Taxol",
        lambda told: [suspect["treatment"]["slug"] for suspect in told["taking"]] == ["paclitaxel"],
    ),
    ("Questions", "search", "search/?q=letrazole%20joint%20pain", lambda told: told["corrections"]),
    ("Questions", "paths", "paths/?from=chemotherapy&to=infection&max_hops=3", lambda told: told["paths"]),
    (
        "Questions",
        "differential",
        "differential/?question=treatment-or-metastasis&feature=metastasis-timing-worse-at-night",
        lambda told: told["aspects"] and told["red_flags"],
    ),
    (
        "Entries",
        "treatments_retrieve",
        "treatments/steroids/",
        lambda told: told["slug"] == "steroids" and told["statements"]["side_effects"]["count"],
    ),
    ("Entries", "sources_list", "sources/", lambda told: told["count"] == len(told["results"]) == 5),
    ("Causes", "side_effects_list", "side-effects/", lambda told: told["count"] > 100 and told["next"]),
    ("Signs", "red_flags_list", "red-flags/", lambda told: told["count"] and told["results"][0]["action"]),
]


def test_operations_run_as_they_stand(open_operation):
    for group, operation, asked, holds in OPERATIONS:
        block = open_operation(group, operation)
        sent, told = execute_operation(block)
        assert sent == asked
        assert holds(told), operation


def test_slugs_are_offered_with_their_names_and_enumerations_as_words(page, open_operation):
    block = open_operation("Causes", "side_effects_list")
    assert choose_values(block, "treatment", "letrozole", "docetaxel") == ["Letrozole · Femara", "Docetaxel · Taxotere"]
    block.get_by_label("frequency", exact=True).select_option(["common", "often"])
    asked, told = execute_operation(block)
    assert asked.startswith("side-effects/?treatment=letrozole&treatment=docetaxel&frequency=")
    assert {said["frequency"] for said in told["results"]} <= {"common", "often"}
    assert {said["via"][0] for said in told["results"]} == {"letrozole", "docetaxel"}


def test_what_is_taken_is_offered_too(open_operation):
    block = open_operation("Help", "management_options_list")
    choose_values(block, "symptom", "joint-pain")
    choose_values(block, "taking", "tamoxifen")
    asked, told = execute_operation(block)
    assert asked == "management-options/?symptom=joint-pain&taking=tamoxifen"
    assert all(option["fit"] for option in told["results"])


def test_a_whole_list_comes_as_a_table(open_operation):
    block = open_operation("Entries", "cancers_list")
    block.get_by_label("format", exact=True).select_option("csv")
    block.get_by_role("button", name="Execute").click()
    block.locator(".live-responses-table .response-col_status").get_by_text("200").wait_for()
    block.get_by_text("Download file").or_(block.get_by_text("slug,url,name")).first.wait_for()


def test_a_wrong_value_is_refused_naming_the_nearest(page, open_operation):
    block = open_operation("Causes", "side_effects_list")
    block.locator("tr[data-param-name=treatment]").get_by_role("button", name="Add another item").click()
    block.get_by_label("treatment", exact=True).fill("letrozol")
    asked, told = execute_operation(block, status=400)
    assert asked == "side-effects/?treatment=letrozol"
    assert told["errors"][0]["nearest"] == "letrozole"
    page.errors[:] = [fault for fault in page.errors if "the server responded with a status of 400" not in fault]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("comparator LIST", "comparisons_list"),  # A parameter.
        ("warning signs", "red_flags_list"),  # Keywords and the group.
        ("adverse effect", "side_effects_list"),
        ("reason symptom", "explain"),
        ("csv cancer", "cancers_list"),  # A format.
        ("ndjson download cancer", "cancers_list"),
        ("aggregate", "coverage"),
        ("postmenopausal-women caution", "cautions_list"),  # A value.
    ],
)
def test_operations_are_found_by_any_of_their_words(page, words, found):
    find = page.get_by_label("Find an operation by any of its words")
    find.fill("no operation says this")
    page.locator(".opblock").first.wait_for(state="detached")
    find.fill(words)
    page.locator(".opblock").first.wait_for()
    names = [block.get_attribute("id").split("-")[-1] for block in page.locator(".opblock").all()]
    find.fill("")
    page.locator("#operations-Start_here-contents").wait_for()
    assert found in names
    assert len(names) < 30


def test_a_token_is_sent_with_what_is_read(own_page):
    page = own_page
    page.goto(DOCS)
    page.locator(".btn.authorize").click()
    page.locator(".auth-container input").fill("kb_unknown")
    page.locator(".auth-btn-wrapper .authorize").click()
    page.locator(".auth-btn-wrapper .btn-done").click()
    block = find_operation(page, "Start here", "contents")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Execute").click()
    block.locator(".live-responses-table .response-col_status").get_by_text("401").wait_for()
    assert "Authorization: Bearer kb_unknown" in block.locator(".curl-command").inner_text()
    page.errors[:] = [fault for fault in page.errors if "the server responded with a status of 401" not in fault]


def test_the_page_fits_a_phone_follows_the_dark_and_says_what_it_is(own_page):
    page = own_page
    page.set_viewport_size({"width": 375, "height": 740})
    page.emulate_media(color_scheme="dark")
    answer = page.goto("/api/v1/docs/#/Questions/explain")
    page.locator("#operations-Questions-explain .execute").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.locator("html").get_attribute("lang") == "en"
    assert "not medical advice" in page.inner_text(".notice")
    light = page.evaluate("getComputedStyle(document.querySelector('.swagger-ui .info .title')).color")
    assert min(map(int, light.removeprefix("rgb(").removesuffix(")").split(", "))) > 150
    page.emulate_media(color_scheme="light")
    page.locator("html:not(.dark-mode)").wait_for()
    page.get_by_role("link", name="Bone and joint pain").first.click()
    page.wait_for_url("**/")
    policy = answer.header_value("Content-Security-Policy")
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_it_is_as_accessible_as_swagger_ui_allows(page, open_operation):
    open_operation("Causes", "side_effects_list")
    found = {rule for rule, _ in find_violations(page)}
    # How Swagger UI is built: a button holds a link, headings skip a level, answers scroll, a part stands outside main.
    assert found <= {"nested-interactive", "heading-order", "scrollable-region-focusable", "region"}


def test_a_day_is_asked_for_where_a_moment_may_stand(page, open_operation):
    block = open_operation("Versions", "changes")
    block.locator("tr[data-param-name=since] input").fill("2026-01-01")
    asked, told = execute_operation(block)
    assert "since=2026-01-01" in asked.split("?")[1].split("&")
    assert "results" in told
