"""The HTML pages of releases: citation, download, verification, changes, and the page without any release."""

import re
from html import unescape

from kb.dataset.version import data_version
from kb.releases import build_release
from kb.templatetags import explore
from symptoms.models import SideEffect


def find_copyable_texts(html):
    """Return the texts that a page offers for copying."""
    return [unescape(text) for text in re.findall(r'<pre class="copy">(.*?)</pre>', html, re.S)]


def test_without_a_release_the_page_says_what_to_cite_instead(universe, get_page):
    html = get_page("releases/")
    assert "No release has been made yet." in html
    assert find_copyable_texts(html) == [
        f"Bone and joint pain in cancer: a knowledge base, data version {data_version()}."
    ]
    assert "/api/v1/side-effects/?format=csv" in html
    assert "There is no release of the name “2026.12”." in get_page("releases/2026.12/", 404)


def test_a_release_page_shows_how_to_cite_and_download_it(universe, get_json, api, get_page):
    build_release("2026.12")
    payload = get_json("releases/2026.12/")
    cite, bibtex, fetch = find_copyable_texts(get_page("releases/2026.12/"))
    assert cite == payload["how_to_cite"]
    assert bibtex == api.get("/api/v1/releases/2026.12/CITATION.bib").getvalue().decode()
    archive = payload["files"][0]
    assert f"curl -O {archive['url']}" in fetch
    assert f'echo "{archive["sha256"]}  {archive["name"]}" | sha256sum -c' in fetch
    assert "cd bone-pain-kb-2026.12 && sha256sum -c SHA256SUMS" in fetch
    html = get_page("releases/2026.12/")
    for file in payload["files"]:
        assert f'<a href="{file["url"]}">' in html
        assert file["sha256"] in html
    assert "New: 1 source, 1 cancer, 5 treatments, 3 symptoms, 4 side effects, 1 management option." in html


def test_a_release_page_lists_the_changes_since_the_previous_one(universe, get_page):
    build_release("2026.11")
    SideEffect.objects.filter(slug="class-bone").update(frequency="rare")
    SideEffect.objects.filter(slug="loner-bone").update(status="draft")
    build_release("2026.12")
    html = get_page("releases/")
    assert html.index("/explore/releases/2026.12/") < html.index("/explore/releases/2026.11/")
    assert "Since 2026.11. Changed: 1 side effect. No longer public: 1 side effect." in html
    assert "The first release." in html
    html = get_page("releases/2026.12/")
    assert "What is new since 2026.11" in html
    assert '<a href="/explore/side-effects/class-bone/">class-bone.</a>' in html
    assert "Frequency: “unstated” → “rare”" in html
    assert "/explore/side-effects/loner-bone/" not in html


def test_a_file_has_no_page_and_the_front_pages_link_to_releases(universe, get_page, api):
    build_release("2026.12")
    get_page("releases/2026.12/treatments.csv", 404)
    for path in ("/", "/explore/", "/explore/changes/"):
        assert 'href="/explore/releases/"' in api.get(path).content.decode()


def test_more_changes_than_a_page_can_show_are_not_read_for_it(universe, get_page, monkeypatch):
    build_release("2026.12")
    monkeypatch.setattr(explore, "MAX_SHOWN_CHANGES_SIZE", 100)
    assert "More is new than is shown here." in get_page("releases/")
    html = get_page("releases/2026.12/")
    assert "it stands in <code>CHANGES.md</code>" in html
    assert "New: 1 source" not in html
