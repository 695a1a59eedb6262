"""The tables that FastAPI reads, as classes of SQLAlchemy."""

from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class EntryColumns:
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]


class TreatmentRow(EntryColumns, Base):
    __tablename__ = "treatments_treatment"


class SymptomRow(EntryColumns, Base):
    __tablename__ = "symptoms_symptom"


class CancerRow(EntryColumns, Base):
    __tablename__ = "kb_cancer"


class TreatmentAncestryRow(Base):
    __tablename__ = "treatments_treatmentancestry"
    id: Mapped[int] = mapped_column(primary_key=True)
    descendant_id: Mapped[int] = mapped_column(ForeignKey("treatments_treatment.id"))
    ancestor_id: Mapped[int] = mapped_column(ForeignKey("treatments_treatment.id"))


class SymptomAncestryRow(Base):
    __tablename__ = "symptoms_symptomancestry"
    id: Mapped[int] = mapped_column(primary_key=True)
    descendant_id: Mapped[int] = mapped_column(ForeignKey("symptoms_symptom.id"))
    ancestor_id: Mapped[int] = mapped_column(ForeignKey("symptoms_symptom.id"))


class SourceRow(Base):
    __tablename__ = "kb_source"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str] = mapped_column("title")
    address: Mapped[str]
    withdrawn_on: Mapped[date | None]


class PassageRow(Base):
    __tablename__ = "kb_passage"
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("kb_source.id"))
    section: Mapped[str]
    first_line: Mapped[int]
    last_line: Mapped[int]
    edition: Mapped[int]
    state: Mapped[str]
    source: Mapped[SourceRow] = relationship()


CITATIONS = Table(
    "symptoms_sideeffect_citations",
    Base.metadata,
    Column("sideeffect_id", ForeignKey("symptoms_sideeffect.id"), primary_key=True),
    Column("passage_id", ForeignKey("kb_passage.id"), primary_key=True),
)


class SideEffectRow(Base):
    __tablename__ = "symptoms_sideeffect"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    status: Mapped[str]
    treatment_id: Mapped[int] = mapped_column(ForeignKey("treatments_treatment.id"))
    symptom_id: Mapped[int] = mapped_column(ForeignKey("symptoms_symptom.id"))
    for_cancer_id: Mapped[int | None] = mapped_column(ForeignKey("kb_cancer.id"))
    effect: Mapped[str]
    frequency: Mapped[str]
    seriousness: Mapped[str]
    onset: Mapped[str]
    duration: Mapped[str]
    mechanism: Mapped[str]
    course: Mapped[str]
    text: Mapped[str]
    population: Mapped[str]
    scope: Mapped[str]
    certainty: Mapped[str]
    reviewed_on: Mapped[date | None]
    updated_at: Mapped[datetime]
    treatment: Mapped[TreatmentRow] = relationship()
    symptom: Mapped[SymptomRow] = relationship()
    for_cancer: Mapped[CancerRow | None] = relationship()
    citations: Mapped[list[PassageRow]] = relationship(
        secondary=CITATIONS, order_by="PassageRow.source_id, PassageRow.edition, PassageRow.first_line"
    )
