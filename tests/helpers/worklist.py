"""The work list on the admin's first page: its lines, its lists, and statements with different sources."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from kb.dashboard.worklist import build_worklist
from kb.models import Passage, Source
from symptoms.models import ManagementOption, SideEffect

INDEX_URL = reverse("admin:index")


@pytest.fixture
def superuser_client(universe, client):
    """A signed-in superuser."""
    client.force_login(User.objects.create_superuser("chief"))
    return client


def find_worklist_line(user, title):
    """Return the line of this title on a user's first page, or None."""
    worklist = build_worklist(user)
    return next((line for line in [*worklist["mine"], *worklist["needed"]] if line.title == title), None)


def get_worklist_count(user, title):
    return find_worklist_line(user, title).count


def get_listed_slugs(client, url):
    """Return the sorted slugs of the records on an admin list."""
    return sorted(record.slug for record in client.get(url).context["cl"].result_list)


@pytest.fixture
def cited_universe(universe):
    """Statements citing one source, two, a dated one, and none; one is a draft, one is retired."""
    u = universe
    dated_source = u.make(Source, "leaflet", title="Leaflet", sha256="1" * 64, lines=9, dated=date(2020, 1, 1))
    passage = Passage.objects.create(source=dated_source, section="Head", first_line=1, last_line=2)
    second_passage = Passage.objects.create(source=u.source, section="Foot", first_line=4, last_line=5)
    side_effects = {s.slug: s for s in SideEffect.objects.all()}
    side_effects["class-bone"].citations.add(passage)
    side_effects["drug-joint"].citations.set([passage])
    side_effects["loner-bone"].citations.add(second_passage)
    side_effects["medicine-joint"].citations.clear()
    SideEffect.objects.filter(slug="medicine-joint").update(status="draft")
    ManagementOption.objects.update(status="retired")
    return u
