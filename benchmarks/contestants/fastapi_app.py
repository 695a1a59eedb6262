"""FastAPI with SQLAlchemy's asynchronous session: mapped classes, related rows by `selectinload`, Pydantic answers."""

import os
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, BeforeValidator, ConfigDict, computed_field
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

from benchmarks.contestants.fastapi_tables import (
    PassageRow,
    SideEffectRow,
    SymptomAncestryRow,
    SymptomRow,
    TreatmentAncestryRow,
    TreatmentRow,
)

SCHEMES = {"sqlite": "sqlite+aiosqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
scheme, _, address = os.environ["DATABASE_URL"].partition("://")
engine = create_async_engine(f"{SCHEMES[scheme]}://{address}")
open_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
SITE = os.environ.get("SITE_URL", "")  # A constant: cheaper than to build the address of each reference.


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Reference(Out):
    slug: str
    name: str


class TreatmentReference(Reference):
    @computed_field
    def url(self) -> str:
        return f"{SITE}/api/v1/treatments/{self.slug}/"


class SymptomReference(Reference):
    @computed_field
    def url(self) -> str:
        return f"{SITE}/api/v1/symptoms/{self.slug}/"


class CancerReference(Reference):
    @computed_field
    def url(self) -> str:
        return f"{SITE}/api/v1/cancers/{self.slug}/"


class CitedSource(Reference):
    address: str
    withdrawn_on: date | None

    @computed_field
    def url(self) -> str:
        return f"{SITE}/api/v1/sources/{self.slug}/"


class Citation(Out):
    source: CitedSource
    section: str
    first_line: int
    last_line: int
    edition: int
    state: str


def set_utc(moment: datetime) -> datetime:
    """Return a moment with its time zone: SQLite stores none."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class SideEffectOut(Out):
    slug: str
    treatment: TreatmentReference
    symptom: SymptomReference
    for_cancer: CancerReference | None
    effect: str
    frequency: str
    seriousness: str
    onset: str
    duration: str
    mechanism: str
    course: str
    text: str
    population: str
    scope: str
    certainty: str
    citations: list[Citation]
    reviewed_on: date | None
    updated_at: Annotated[datetime, BeforeValidator(set_utc)]

    @computed_field
    def url(self) -> str:
        return f"{SITE}/api/v1/side-effects/{self.slug}/"


class Page(Out):
    count: int
    results: list[SideEffectOut]


async def get_session():
    async with open_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


def filter_side_effects(statement: Select, treatment: str | None, symptom: str | None) -> Select:
    """Select what is said of a treatment or of a class of it; of a symptom or of a kind of it."""
    statement = statement.where(SideEffectRow.status == "published")
    if treatment:
        link = TreatmentAncestryRow
        statement = statement.join(link, link.ancestor_id == SideEffectRow.treatment_id)
        statement = statement.join(TreatmentRow, TreatmentRow.id == link.descendant_id)
        statement = statement.where(TreatmentRow.slug == treatment)
    if symptom:
        link = SymptomAncestryRow
        statement = statement.join(link, link.descendant_id == SideEffectRow.symptom_id)
        statement = statement.join(SymptomRow, SymptomRow.id == link.ancestor_id)
        statement = statement.where(SymptomRow.slug == symptom)
    return statement


RELATED = [
    selectinload(SideEffectRow.treatment),
    selectinload(SideEffectRow.symptom),
    selectinload(SideEffectRow.for_cancer),
    selectinload(SideEffectRow.citations).selectinload(PassageRow.source),
]


@app.get("/api/v1/side-effects/")
async def list_side_effects(
    session: Session, treatment: str | None = None, symptom: str | None = None, page: int = 1
) -> Page:
    count = await session.scalar(filter_side_effects(select(func.count(SideEffectRow.id)), treatment, symptom))
    rows = filter_side_effects(select(SideEffectRow), treatment, symptom).order_by(SideEffectRow.slug)
    found = await session.scalars(rows.options(*RELATED).offset(50 * (page - 1)).limit(50))
    return Page(count=count, results=list(found))


@app.get("/api/v1/side-effects/{slug}/")
async def show_side_effect(session: Session, slug: str) -> SideEffectOut:
    statement = filter_side_effects(select(SideEffectRow), None, None).where(SideEffectRow.slug == slug)
    row = await session.scalar(statement.options(*RELATED))
    if row is None:
        raise HTTPException(404)
    return row
