"""A small set of records, so that an edit of the shipped data breaks no test of behaviour."""

from kb.models import Cancer, Passage, Source
from symptoms.models import DistinguishingFeature, ManagementOption, RedFlag, SideEffect, Symptom
from treatments.models import Caution, Treatment


class Universe:
    """A factory of published records and cited statements."""

    def __init__(self, *, is_created=False):
        if not is_created:
            source = self.make(Source, "page", title="Page", sha256="0" * 64, lines=9)
            Passage.objects.create(source=source, section="Head", first_line=1, last_line=2)
        self.source, self.passage = Source.objects.get(), Passage.objects.get()

    def make(self, model, slug, parents=(), **fields):
        fields = {"status": "published"} | fields
        if any(field.name == "name" for field in model._meta.fields):
            fields = {"name": slug.capitalize()} | fields
        record = model.objects.create(slug=slug, **fields)
        if parents:
            record.parents.set(parents)
        return record

    def make_statement(self, model, slug, **fields):
        statement = self.make(model, slug, **{"text": f"{slug}."} | fields)
        statement.citations.add(self.passage)
        return statement


def create_universe():
    """Create the records that the docstring of the fixture `universe` draws."""
    u = Universe()
    medicine = u.make(Treatment, "medicine", kind="class")
    group = u.make(Treatment, "class", kind="class", parents=[medicine])
    drug = u.make(
        Treatment, "drug", parents=[group], brand_names=["Brandol"], synonyms=["drüg-e"], codes=["atc:L02BG04"]
    )
    u.make(Treatment, "other", parents=[group])
    loner = u.make(Treatment, "loner", parents=[medicine])
    pain = u.make(Symptom, "pain")
    bone, joint = (u.make(Symptom, slug, parents=[pain]) for slug in ("bone-ache", "joint-ache"))
    u.make(Cancer, "growth")
    u.make_statement(SideEffect, "class-bone", treatment=group, symptom=bone, effect="causes")
    u.make_statement(SideEffect, "medicine-joint", treatment=medicine, symptom=joint, effect="causes", scope="some")
    u.make_statement(SideEffect, "drug-joint", treatment=drug, symptom=joint, effect="protects")
    u.make_statement(SideEffect, "loner-bone", treatment=loner, symptom=bone, effect="causes", frequency="rare")
    u.make_statement(
        ManagementOption, "loner-helps", treatment=loner, symptom=bone, effect="relieves", severity=["mild", "severe"]
    )
    return u


def create_extended_universe():
    """Create the records that the docstring of the fixture `extended_universe` lists, with those of the universe."""
    u = create_universe()
    joint, bone = Symptom.objects.get(slug="joint-ache"), Symptom.objects.get(slug="bone-ache")
    drug, group, loner = (Treatment.objects.get(slug=slug) for slug in ("drug", "class", "loner"))
    helps = {slug: u.make(Treatment, slug) for slug in ("balm", "needle", "rest", "walk")}
    general = u.make(Treatment, "any-treatment", kind="general")
    causes = {"balm": None, "needle": group, "rest": loner, "walk": general}
    for slug, cause in causes.items():
        u.make_statement(ManagementOption, f"{slug}-helps", treatment=helps[slug], symptom=joint, cause_treatment=cause)
    u.make_statement(Caution, "balm-with-drug", treatment=helps["balm"], with_treatment=drug, effect="x")
    u.make_statement(Caution, "needle-care", treatment=helps["needle"], effect="y")
    u.make_statement(RedFlag, "flag", action="act").signs.add(bone)
    for slug, points_to in [("worse-at-night", "metastasis"), ("both-sides", "treatment")]:
        feature = {"question": "treatment-or-metastasis", "aspect": "timing", "feature": slug, "points_to": points_to}
        u.make_statement(DistinguishingFeature, slug, **feature).symptoms.add(bone)
