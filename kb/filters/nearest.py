"""The lists nearest to one with nothing in it: of a broader entry, of a class, or with fewer filters."""

from collections import defaultdict
from dataclasses import dataclass

from django.http import QueryDict

from kb.filters.about import AboutFilter, ExactEntryFilter
from kb.filters.fields import DescendantFilter, LineageFilter
from kb.filters.stated import HasStatementFilter
from kb.models import Entry
from kb.reasoning.hierarchies import path_sort_key
from kb.reasoning.limits import lower_first_word

MAX_LISTS = 20  # How many lists are tried.
ENTRY_FILTERS = (DescendantFilter, HasStatementFilter, ExactEntryFilter, AboutFilter)  # They say what is asked about.


@dataclass(frozen=True)
class NearestList:
    """A list that is not empty, near to one that is."""

    says: str  # In what it differs.
    count: int
    params: QueryDict
    entry: Entry | None = None


class NearestListFinder:
    """Finds the nearest lists to an empty one, each with one parameter changed; its filter set must be valid."""

    def __init__(self, filterset):
        self.filterset, self.filters, self.hierarchies = filterset, filterset.filters, filterset.hierarchies
        self.lists_left = MAX_LISTS
        used = {name: value for name, value in filterset.form.cleaned_data.items() if value}
        self.entries_by_param = {n: value for n, value in used.items() if isinstance(self.filters[n], ENTRY_FILTERS)}
        self.narrowing_params = [
            name
            for name in used
            if name not in self.entries_by_param and not getattr(self.filters[name], "keeps_all", False)
        ]

    def find_nearest_lists(self):
        """Return the nearest lists: the one with fewer filters, then those of broader entries and of classes."""
        nearest = [self.find_with_fewer_filters()]
        for name, entries in self.entries_by_param.items():
            if isinstance(self.filters[name], LineageFilter) and not self.filterset.exact:
                nearest += self.find_in_classes(name, entries)
            else:
                nearest += self.find_above(name, entries)
        return [found for found in nearest if found]

    def find_with_fewer_filters(self):
        """Return the list of the same entries without the other filters; None if it is empty, too."""
        if not self.entries_by_param or not self.narrowing_params:
            return None
        return self.try_list(f"Without {', '.join(self.narrowing_params)}", dict.fromkeys(self.narrowing_params))

    def find_above(self, name, entries):
        """Return, for each way up from these entries, the list of the first one of which there is something."""
        nearest = []
        for model, asked in group_by_model(entries).items():
            hierarchy, found = self.hierarchies[model], {}
            relation = "to which {} belongs" if model.inherits else "which is broader than {}"
            counted_param = name if isinstance(self.filters[name], DescendantFilter | AboutFilter) else None
            paths = hierarchy.get_ancestor_paths(asked)
            public = model.objects.public().in_bulk(hierarchy.get_ancestors(asked))
            for key in sorted(public, key=lambda key: path_sort_key(paths[key])):
                below = [format_name(asked[k]) for k in asked if key in hierarchy.find_paths_up(k)]
                says = f"For {format_name(public[key])}, {relation.format(' or '.join(below))}"
                found[key] = self.try_list(says, {name: [public[key].slug]}, public[key], counted_param)
            stated = {key for key in found if found[key]}
            nearest += [found[key] for key in hierarchy.find_nearest_ancestors(asked, stated)]
        return nearest

    def find_in_classes(self, name, entries):
        """Return the lists of the members of these entries, or else of what belongs to the same classes as they do."""
        nearest, class_param = [], f"{name}_class"
        for entry in entries if class_param in self.filterset.params else ():
            changes = {name: None, class_param: [entry.slug]}
            if members := self.try_list(f"For members of {format_name(entry)}", changes, entry):
                nearest.append(members)
                continue
            for parent in entry.parents.public():
                says = f"For others that belong to {format_name(parent)}, as {format_name(entry)} does"
                nearest.append(self.try_list(says, changes | {class_param: [parent.slug]}, parent))
        return nearest

    def try_list(self, says, changes, entry=None, counted_param=None):
        """Return the list with these parameters changed (None: left out); None if it is empty, or too many were tried.

        `says` is in what it differs, `entry` what it is about in place of what was asked. If it stands in
        `counted_param`, only what is said of that entry itself counts: what is said of its other kinds is no nearer.
        """
        if not self.lists_left:
            return None
        self.lists_left -= 1
        is_exact = counted_param is not None and len(self.entries_by_param) == 1
        filterset = self.filterset.replace_params(changes | ({"exact": ["true"]} if is_exact else {}))
        records = self.filters[counted_param].filter_by_entry(filterset.qs, entry) if counted_param else filterset.qs
        if not (count := records.count()):
            return None
        names = filterset.queryset.model._meta
        noun = names.verbose_name if count == 1 else names.verbose_name_plural
        return NearestList(f"{says}: {count} {noun}.", count, filterset.data, entry)


def format_name(entry):
    """Return the name of an entry as it stands inside a sentence."""
    return lower_first_word(str(entry))


def group_by_model(entries):
    """Group entries by their model, each by its key."""
    groups = defaultdict(dict)
    for entry in entries:
        groups[type(entry)][entry.pk] = entry
    return groups
