"""What waits stands on the first page, and each number leads to a list that holds just that."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from kb.charts import charts
from kb.content import content_of
from kb.editing import Wish, begin, save
from kb.heaps import HEAPS, MINE, address, heaps_for, tally
from kb.models import Change, Check, Finding, Passage, SavedFilter, Source, Version
from kb.review import approve, send_back
from kb.worklist import worklist
from symptoms.models import ManagementOption, SideEffect, Symptom
from tests.conftest import person
from treatments.models import Treatment

INDEX = reverse("admin:index")


@pytest.fixture
def propose(universe, people):
    """Somebody proposes a value for a statement."""

    def propose(by="editor", slug="class-bone", send=True, **values):
        record = SideEffect.objects.get(slug=slug)
        return save(record, content_of(record) | values, Wish(people[by], "The source says so.", send=send))

    return propose


@pytest.fixture
def chief(universe, client):
    """A superuser, signed in."""
    client.force_login(User.objects.create_superuser("chief"))
    return client


def at(user, title):
    work = worklist(user)
    return next((line for line in [*work["mine"], *work["needed"]] if line.title == title), None)


def count(user, title):
    return at(user, title).count


def listed(client, url):
    """The records on a list, by their slugs."""
    return sorted(record.slug for record in client.get(url).context["cl"].result_list)


def test_a_change_waits_for_whoever_may_publish_and_did_not_write_it(propose, people):
    propose(frequency="rare")
    propose(by="reviewer", frequency="common")
    assert count(people["reviewer"], "Awaiting my review") == 1
    assert count(people["second reviewer"], "Awaiting my review") == 2
    assert at(people["editor"], "Awaiting my review") is None


def test_the_age_of_the_oldest_is_told(propose, people):
    change = propose(frequency="rare")
    Change.objects.filter(pk=change.pk).update(submitted_at=timezone.now() - timedelta(days=3, hours=1))
    propose(slug="loner-bone", frequency="common")
    assert at(people["reviewer"], "Awaiting my review").note == "The oldest has waited 3\xa0days."


def test_what_was_sent_back_and_what_is_open_waits_for_its_author(propose, people):
    change = propose(frequency="rare")
    propose(slug="loner-bone", frequency="common", send=False)
    send_back(people["reviewer"], change, change.lock, "Which line?")
    assert count(people["editor"], "Sent back to me") == 1
    assert count(people["editor"], "My open changes") == 2
    assert count(people["reviewer"], "My open changes") == count(people["reviewer"], "Awaiting my review") == 0


def test_my_drafts_are_those_that_i_wrote_in(universe, people):
    draft = begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "New."))
    assert count(people["editor"], "My drafts") == 1
    assert count(people["reviewer"], "My drafts") == 0
    save(draft, content_of(draft) | {"summary": "More."}, Wish(people["reviewer"], "Said as well."))
    assert count(people["reviewer"], "My drafts") == count(people["viewer"], "All drafts") == 1
    mine = MINE.holds(Symptom, people["reviewer"])
    assert list(Symptom.objects.filter(mine)) == [draft]


def test_who_may_only_read_has_nothing_of_their_own_waiting(universe, people):
    assert worklist(people["viewer"])["mine"] == []
    assert MINE not in heaps_for(SideEffect, people["viewer"])
    assert worklist(people["nobody"]) == {}


@pytest.fixture
def founded(universe):
    """Statements that rest on one source, on two, on a dated one, on none; one is a draft, one retired."""
    u = universe
    dated = u.make(Source, "leaflet", title="Leaflet", sha256="1" * 64, lines=9, dated=date(2020, 1, 1))
    place = Passage.objects.create(source=dated, section="Head", first_line=1, last_line=2)
    again = Passage.objects.create(source=u.source, section="Foot", first_line=4, last_line=5)
    said = {s.slug: s for s in SideEffect.objects.all()}
    said["class-bone"].citations.add(place)
    said["drug-joint"].citations.set([place])
    said["loner-bone"].citations.add(again)
    said["medicine-joint"].citations.clear()
    SideEffect.objects.filter(slug="medicine-joint").update(status="draft")
    ManagementOption.objects.update(status="retired")
    return u


@pytest.mark.parametrize(
    ("heap", "slugs"),
    [
        ("single-source", ["drug-joint", "loner-bone"]),
        ("undated", ["loner-bone"]),
        ("uncited", ["medicine-joint"]),
    ],
)
def test_how_a_statement_is_founded_is_counted_and_listed_alike(founded, chief, heap, slugs):
    assert listed(chief, address(SideEffect, work=heap)) == slugs
    assert tally(HEAPS)[SideEffect][heap] == len(slugs)
    assert tally(HEAPS)[ManagementOption][heap] == tally(HEAPS)[Symptom][heap] == 0


def test_a_review_is_due_on_its_day(universe, people, chief, settings):
    assert count(people["viewer"], "Review due") == 0
    SideEffect.objects.filter(slug="class-bone").update(review_due=timezone.localdate())
    SideEffect.objects.filter(slug="drug-joint").update(review_due=timezone.localdate() + timedelta(days=1))
    SideEffect.objects.filter(slug="loner-bone").update(status="draft", review_due=date(2020, 1, 1))
    assert at(people["viewer"], "Review due").parts == [("side effects", 1, address(SideEffect, work="review-due"))]
    assert listed(chief, address(SideEffect, work="review-due")) == ["class-bone"]
    settings.REVIEW_AFTER_DAYS = 10
    assert (universe.make(Symptom, "new").review_due - timezone.localdate()).days == 10


def test_what_no_clinician_has_read_is_never_reviewed(universe, people, chief):
    before = count(people["viewer"], "Never reviewed")
    SideEffect.objects.filter(slug="class-bone").update(reviewed_on=timezone.localdate())
    assert count(people["viewer"], "Never reviewed") == before - 1
    assert "class-bone" not in listed(chief, address(SideEffect, work="never-reviewed"))


def test_an_entry_that_no_published_statement_names_is_found(universe, chief):
    assert listed(chief, address(Treatment, work="unspoken")) == ["other"]
    SideEffect.objects.filter(slug="drug-joint").update(status="draft")
    assert listed(chief, address(Treatment, work="unspoken")) == ["drug", "other"]


def test_every_heap_opens_as_a_list_of_each_kind_that_it_is_of(universe, chief):
    user = User.objects.get(username="chief")
    for model, names in tally([MINE, *HEAPS], user).items():
        for heap in [MINE, *HEAPS]:
            if issubclass(model, heap.of):
                found = chief.get(heap.lists(model)).context["cl"].result_count
                assert found == names[heap.name], (model, heap.name)
    assert chief.get(address(Symptom, work="uncited")).status_code == 302  # No such work on symptoms: the whole list.


class TestFindings:
    """verify_citations leaves what it found on the desk."""

    @pytest.fixture(autouse=True)
    def _text(self, universe, tmp_path):
        import hashlib

        text = b"Head\nBrandol eases an ache in the bone.\n"
        (tmp_path / "page.txt").write_bytes(text)
        Source.objects.update(sha256=hashlib.sha256(text).hexdigest(), lines=2)
        self.u, self.folder = universe, tmp_path

    def verify(self):
        try:
            call_command("verify_citations", sources=self.folder)
        except Exception as error:
            return str(error)

    def test_each_is_about_its_record_and_takes_the_place_of_the_last(self, people, chief):
        assert self.verify() == "Not every citation holds."
        said = SideEffect.objects.get(slug="loner-bone")
        assert [finding.why for finding in Finding.objects.about(said)] == [
            "“Loner” is not spoken of in Page, lines 1–2 (Head)"
        ]
        assert "loner-bone" in listed(chief, address(SideEffect, work="failing"))
        assert Check.objects.first().failed == Finding.objects.count()
        SideEffect.objects.all().delete()
        ManagementOption.objects.all().delete()
        self.verify()
        assert count(people["viewer"], "Failing citation checks") == 0
        assert Check.objects.count() == 2

    def test_a_passage_that_fails_is_one_too(self, people, chief):
        Passage.objects.update(section="Other")
        self.verify()
        assert at(people["viewer"], "Failing citation checks").parts[-1][:2] == ("passages", 1)
        assert chief.get(address(Passage, work="failing")).context["cl"].result_count == 1

    def test_a_long_reason_is_kept_short(self):
        for line in range(1, 3):
            for last in range(line, 3):
                Passage.objects.get_or_create(
                    source=self.u.source, first_line=line, last_line=last, defaults={"section": ""}
                )
        Source.objects.update(title="T" * 200)
        SideEffect.objects.get(slug="loner-bone").citations.set(Passage.objects.all())
        self.verify()
        assert max(len(finding.why) for finding in Finding.objects.all()) == 500

    def test_where_there_is_no_text_what_is_known_stays(self):
        self.verify()
        before = Finding.objects.count()
        (self.folder / "page.txt").unlink()
        self.verify()
        assert (Finding.objects.count(), Check.objects.count()) == (before, 1)

    def test_a_record_that_was_changed_since_is_told_so(self, chief):
        self.verify()
        page = chief.get(reverse("admin:kb_finding_changelist")).content.decode()
        assert "loner-bone" in page
        assert "changed since" not in page
        SideEffect.objects.filter(slug="loner-bone").update(onset="late")
        assert "changed since" in chief.get(reverse("admin:kb_finding_changelist")).content.decode()

    def test_the_first_page_tells_when_the_last_check_was_and_how_to_make_one(self, chief):
        assert "have not been checked here yet" in chief.get(INDEX).content.decode()
        self.verify()
        page = chief.get(INDEX).content.decode()
        assert f"last checked on {timezone.localdate():%-d %B %Y}" in page
        assert "manage.py verify_citations --sources DIR" in page
        assert reverse("admin:kb_finding_changelist") in page


class TestTheFirstPage:
    """What each sees who comes in."""

    def test_takes_as_many_queries_for_many_records_as_for_few(self, chief, universe, django_assert_max_num_queries):
        drug, joint = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="joint-ache")
        for number in range(40):
            universe.say(SideEffect, f"more-{number}", treatment=drug, symptom=joint, onset=str(number))
            universe.make(Symptom, f"silent-{number}")
        chief.get(INDEX)
        with django_assert_max_num_queries(16):
            chief.get(INDEX)

    def test_one_who_is_alone_is_told_that_publishing_takes_two(self, chief):
        assert reverse("admin:auth_user_add") in chief.get(INDEX).content.decode().split("Everything there is")[0]
        person("second", "reviewer")
        assert "takes two people" not in chief.get(INDEX).content.decode()

    def test_an_editor_sees_their_own_work_and_a_viewer_only_what_is_needed(self, people, client):
        client.force_login(people["editor"])
        page = client.get(INDEX).content.decode()
        assert "You have no drafts." in page
        assert "Awaiting my review" not in page
        client.force_login(people["viewer"])
        page = client.get(INDEX).content.decode()
        assert "My drafts" not in page
        assert "What the knowledge base needs" in page

    def test_tells_what_people_wrote_lately_and_by_whom(self, chief, propose, people):
        Version.objects.all().update(way="shipped")
        assert "Nobody has written anything yet" in chief.get(INDEX).content.decode()
        change = propose(frequency="rare")
        approve(people["reviewer"], change, change.lock)
        (news,) = chief.get(INDEX).context["lately"]
        assert (news["name"], news["version"].by) == ("class-bone.", people["editor"])
        assert "editor, approved by reviewer" in chief.get(INDEX).content.decode()

    def test_tells_an_import_once(self, chief, universe):
        Version.objects.all().update(way="shipped")
        SideEffect.objects.update(onset="late")
        (news,) = chief.get(INDEX).context["lately"]
        assert news["more"] == SideEffect.objects.count() - 1

    def test_draws_how_the_statements_are_founded(self, founded, chief):
        bars = {bar.title: bar.counts for bar in charts()["founded"].bars}
        assert bars["side effects"] == [1, 1, 1, 1]
        assert bars["management options"] == [0, 0, 0, 0]
        page = chief.get(INDEX).content.decode()
        assert "1: several sources, 1: one dated source, 1: one undated source, 1: drafts" in page

    def test_draws_where_it_is_thin_and_names_what_nothing_is_said_of(self, universe, chief):
        bars = {bar.title: bar.counts for bar in charts()["spoken_of"].bars}
        assert bars["treatments"] == [0, 1, 3, 1]
        assert bars["symptoms"] == [0, 2, 0, 1]
        page = chief.get(INDEX).content.decode()
        assert reverse("admin:treatments_treatment_change", args=[Treatment.objects.get(slug="other").pk]) in page

    def test_shows_how_many_records_each_list_holds(self, chief):
        apps = chief.get(INDEX).context["app_list"]
        held = {listed["model"]: listed["records"] for app in apps for listed in app["models"]}
        assert held[SideEffect] == 4
        assert held[User] == ""


class TestSavedLists:
    """A list is kept under a name of one's own."""

    SAVE = reverse("admin:save_list")
    LIST = address(SideEffect)

    def save(self, client, name="Rare", path=LIST, query="frequency__exact=rare&p=2"):
        return client.post(self.SAVE, {"name": name, "path": path, "query": query})

    def test_it_is_found_again_on_the_list_and_on_the_first_page(self, chief):
        assert self.save(chief).url == f"{self.LIST}?frequency__exact=rare"
        kept = f'href="{self.LIST}?frequency__exact=rare">Rare</a>'
        assert kept in chief.get(INDEX).content.decode()
        assert kept in chief.get(self.LIST).content.decode()
        assert kept not in chief.get(address(Symptom)).content.decode()

    def test_the_same_name_again_takes_its_place(self, chief):
        self.save(chief)
        self.save(chief, query="frequency__exact=common")
        assert SavedFilter.objects.get().query == "frequency__exact=common"

    @pytest.mark.parametrize(
        "path",
        ["", "https://elsewhere.example/", "//elsewhere.example/admin/", "/admin/", "/explore/", f"{LIST}add/", "/\\x"],
    )
    def test_nothing_but_a_list_of_the_desk_is_kept(self, chief, path):
        assert self.save(chief, path=path).status_code == 400
        assert not SavedFilter.objects.exists()

    def test_a_list_that_one_may_not_see_is_not_kept(self, people, client):
        client.force_login(people["editor"])
        assert self.save(client, path=address(User)).status_code == 400

    @pytest.mark.parametrize("name", ["", "  ", "x" * 61])
    def test_it_needs_a_short_name(self, chief, name):
        assert self.save(chief, name=name).status_code == 302
        assert not SavedFilter.objects.exists()

    def test_one_forgets_ones_own_and_nobody_elses(self, chief):
        self.save(chief)
        own = SavedFilter.objects.get()
        other = SavedFilter.objects.create(owner=User.objects.create(username="other"), name="Theirs", path=self.LIST)
        assert "Theirs" not in chief.get(self.LIST).content.decode()
        assert chief.post(reverse("admin:forget_list", args=[other.pk])).status_code == 404
        assert chief.get(reverse("admin:forget_list", args=[own.pk])).status_code == 405
        assert chief.post(reverse("admin:forget_list", args=[own.pk])).url == self.LIST
        assert list(SavedFilter.objects.all()) == [other]

    def test_a_stranger_keeps_nothing(self, universe, client):
        assert reverse("admin:login") in self.save(client).url


def test_the_queue_is_asked_for_as_its_list_understands_it(propose, people):
    if not admin.site.is_registered(Change):
        pytest.skip("There is no list of changes here.")
    propose(frequency="rare")
    assert at(people["reviewer"], "Awaiting my review").url.endswith("?state__exact=submitted&whose=others")
