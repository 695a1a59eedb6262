"""What tests of the work list begin with: who looks, what is founded on what, and what waits for whom."""

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
    """A superuser, signed in."""
    client.force_login(User.objects.create_superuser("chief"))
    return client


def find_worklist_line(user, title):
    """The line of this title on somebody's first page; None where there is none."""
    work = build_worklist(user)
    return next((line for line in [*work["mine"], *work["needed"]] if line.title == title), None)


def get_worklist_count(user, title):
    return find_worklist_line(user, title).count


def get_listed_slugs(client, url):
    """The records on a list, by their slugs."""
    return sorted(record.slug for record in client.get(url).context["cl"].result_list)


@pytest.fixture
def cited_universe(universe):
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
