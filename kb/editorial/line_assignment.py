"""Into which fields of a statement the entries go that an editor chose for it, and which are left for further ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kb.models import Entry, RelationField, Statement, entry_model


@dataclass
class Assignment:
    """Chosen entries by field of one statement; others, each in the place of one of them; and those without a field."""

    values: dict[str, list[Entry]] = field(default_factory=dict)
    further: list[tuple[str, Entry]] = field(default_factory=list)
    left_out: list[Entry] = field(default_factory=list)


def assign_entries(model: type[Statement], entries: Iterable[Entry]) -> Assignment:
    """Return how the entries, in the order in which the lines name them, fill the fields of a statement of a model.

    Fields that it must have come first, then optional ones that do not exclude each other. Of two fields for the same
    sort of entry, the one from which the statement leads to the other comes first: the cause before its effect. Two
    symptoms where one has a place are two statements: the second is for a further one.
    """
    assignment, by_model = Assignment(), dict[type[Entry], list[Entry]]()
    for entry in dict.fromkeys(entries):
        by_model.setdefault(type(entry), []).append(entry)
    filled: list[RelationField] = []
    for entry_type, chosen in by_model.items():
        fields = [f for f in model.subject_fields() if entry_model(f) is entry_type]
        if several := next((f for f in fields if f.many_to_many), None):
            assignment.values[several.name] = chosen
            filled.append(several)
            continue
        selected = select_fields(model, [f for f in fields if not f.null], fields, filled, len(chosen))
        filled += selected
        if not selected:
            assignment.left_out += chosen
            continue
        for single, entry in zip(selected, chosen, strict=False):
            assignment.values[single.name] = [entry]
        assignment.further += [(selected[-1].name, entry) for entry in chosen[len(selected) :]]
    return assignment


def select_fields(
    model: type[Statement],
    required: Sequence[RelationField],
    fields: Sequence[RelationField],
    filled: Sequence[RelationField],
    count: int,
) -> list[RelationField]:
    """Return as many of the single fields of a model as there are entries, if it has so many, causes first."""
    selected = list(required)
    for single in fields:
        excluded = any(model.are_alternatives(single, other) for other in [*filled, *selected])
        if len(selected) < count and single not in selected and not excluded:
            selected.append(single)
    starts = {edge.start_field for edge in model.leads}
    return sorted(selected[: max(count, len(required))], key=lambda single: single.name not in starts)[:count]
