"""The search of the lists and pickers of the admin: the public search's engine, over drafts and retired records too."""

import re
from collections import Counter

from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, Count, IntegerField, Q, Value, When

from kb.dashboard.find import describe_search, search_all
from kb.models import Entry, Statement
from kb.reasoning.hierarchies import get_current_hierarchies
from kb.search.class_links import ClassLinkFinder
from kb.search.entry_picker import pick_entries
from kb.search.phrase_entries import Rank
from kb.search.postings import MAX_CANDIDATES
from kb.utils.fuzzy import closest_word
from kb.utils.text_analysis import tokenize

PICKER_VIEW_NAME = "admin:autocomplete"
LINE_WORDS = frozenset(["line", "lines", "l"])
LINE_NUMBER = re.compile(r"[0-9]{1,9}")
MIN_CORRECTED_LENGTH = 4  # Letters; a shorter word is not taken for a typing error.


def drop_unprintable(text):
    """Return a text without the characters that no name holds and that some databases refuse."""
    return "".join(character for character in text if character.isprintable())


def filter_in_order(queryset, keys):
    """Return the records with these primary keys in the order of the keys."""
    order = Case(
        *(When(pk=key, then=Value(index)) for index, key in enumerate(keys)),
        default=Value(len(keys)),
        output_field=IntegerField(),
    )
    return queryset.filter(pk__in=keys).order_by(order, "pk")


class RecordSearchMixin:
    """A ModelAdmin of entries or statements whose list and pickers find what the public search finds.

    The list also finds what holds the letters that were typed; `request.search_result` is what the engine found.
    """

    def get_search_results(self, request, queryset, search_term):
        search_term = drop_unprintable(search_term)
        by_letters, may_repeat = super().get_search_results(request, queryset, search_term)
        if not search_term.strip():
            return by_letters, may_repeat
        letter_keys = [*by_letters.order_by().values_list("pk", flat=True).distinct()[:MAX_CANDIDATES]]
        is_picker = request.resolver_match is not None and request.resolver_match.view_name == PICKER_VIEW_NAME
        if is_picker and issubclass(self.model, Entry):
            keys = [entry.pk for entry in pick_entries(self.model, search_term)]
            return filter_in_order(queryset, keys), False
        result = request.search_result = search_all(search_term)
        hits = [hit for hit in result.hits if hit.model is self.model]
        if letter_keys or any(hit.rank != Rank.PARTIAL for hit in hits):
            hits = [hit for hit in hits if hit.rank != Rank.PARTIAL]
        keys = [*dict.fromkeys([*(hit.pk for hit in hits), *letter_keys])]
        return filter_in_order(queryset, keys), False

    def get_changelist(self, request, **kwargs):
        return RecordChangeList


class RecordChangeList(ChangeList):
    """A list that tells, of each statement that was found through a class, through which; and what was corrected."""

    search_note = ""

    def get_results(self, request):
        super().get_results(request)
        result = getattr(request, "search_result", None)
        if result is None:
            return
        if self.query_may_be_read_otherwise(result):
            self.search_note = describe_search(self.query, result)
        if issubclass(self.model, Statement):
            finder = ClassLinkFinder(result.named_ids, get_current_hierarchies())
            for record in self.result_list:
                record.found_through = finder.describe(record)

    def query_may_be_read_otherwise(self, result):
        """Return whether the list shows more or other than what holds the words as they were typed."""
        return bool(self.result_count and (result.corrections or not result.is_complete))


class PlaceSearchMixin:
    """A ModelAdmin of passages, found by what their labels say: source, heading and lines."""

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        found = self.search_places(queryset, search_term)
        if not found.exists():
            found = self.search_places(queryset, self.correct_words(search_term))
        return found, False

    def search_places(self, queryset, text):
        """Return the passages with each word in title or heading, and each number there or among their lines.

        Those with just these lines come first, then those that begin with one of them.
        """
        words = [word for word in re.findall(r"\w+", text.casefold()) if word not in LINE_WORDS]
        numbers = [int(word) for word in words if LINE_NUMBER.fullmatch(word)]
        condition = Q() if words else Q(pk__in=[])
        for word in words:
            holds = Q(source__title__icontains=word) | Q(section__icontains=word) | Q(source__slug__icontains=word)
            if LINE_NUMBER.fullmatch(word):
                holds |= Q(first_line__lte=word, last_line__gte=word)
            condition &= holds
        is_exact = Q(first_line=numbers[0], last_line=numbers[-1]) if numbers else Q(pk__in=[])
        begins = Q(first_line__in=numbers)
        nearness = Case(When(is_exact, then=0), When(begins, then=1), default=2, output_field=IntegerField())
        return queryset.filter(condition).order_by(nearness, "source__title", "first_line", "last_line")

    def correct_words(self, text):
        """Return a text with each word that no title and no heading holds replaced by the most similar one."""
        rows = self.model.objects.values_list("source__title", "section").annotate(n=Count("pk")).order_by()
        vocabulary = Counter(word for title, section, _ in rows for word in tokenize(f"{title} {section}"))
        words = [
            word
            if word in vocabulary or word.isdecimal() or len(word) < MIN_CORRECTED_LENGTH
            else closest_word(word, vocabulary) or word
            for word in re.findall(r"\w+", text.casefold())
        ]
        return " ".join(words)
