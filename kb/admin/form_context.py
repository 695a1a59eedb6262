"""What the form of a record shows beside its fields: cited lines, what is said of it, suggestions, pending changes."""

from django.utils.html import format_html

from kb.choices import ChangeState
from kb.editorial.content_rules import is_public
from kb.editorial.diff import diff_contents
from kb.editorial.editing import concurrency_token, three_way_merge
from kb.editorial.edition_comparison import compare_passages
from kb.editorial.remarks import find_remarks
from kb.editorial.source_texts import attach_cited_lines
from kb.editorial.suggestions import find_own_suggestions, find_unfinished_suggestions
from kb.models import OPEN_STATES, Change, Entry, Statement
from kb.permissions import WRITE, is_allowed
from kb.utils.urls import build_form_url

MAX_SHOWN_STATEMENTS = 50  # Of each kind, on the form of an entry.


class RecordContextMixin:
    """Loads what the form of a record shows beside its fields; a mixin of model forms."""

    def load_suggestions(self):
        """Load what was suggested of the record; a change may answer what its author has taken up."""
        self.suggestions = list(find_unfinished_suggestions(self.instance)) if self.instance.pk else []
        own = [suggestion for suggestion in self.suggestions if suggestion.handled_by_id == self.user.pk]
        if own:
            self.fields["answers_to"].queryset = find_own_suggestions(self.user, self.instance)
            self.initial["answers_to"] = [suggestion.pk for suggestion in own]
        else:
            del self.fields["answers_to"]

    def find_statements_about(self):
        """Return, for an entry, what is said of it by kind, with the list of each; the first few of each kind."""
        if not (self.instance.pk and isinstance(self.instance, Entry)):
            return []
        groups = []
        for relation in self.instance._meta.related_objects:
            model = relation.related_model
            if issubclass(model, Statement) and relation.field in model.subject_fields():
                statements = model.objects.not_retired().filter(**{relation.field.name: self.instance})
                if count := statements.count():
                    shown = [(build_form_url(statement), statement) for statement in statements[:MAX_SHOWN_STATEMENTS]]
                    groups.append((model._meta.verbose_name_plural, count, shown))
        return groups

    def find_cited_passages(self):
        """Return the passages that the record cites, with their lines where the text of the source is kept."""
        if not (isinstance(self.instance, Statement) and is_allowed(self.user, WRITE)):
            return []
        if not self.instance.pk:
            return self.passages
        passages = list(self.instance.citations.select_related("source"))
        self.comparisons = compare_passages(passages)
        self.withdrawn_sources = {passage.source for passage in passages if passage.source.withdrawn_on}
        attach_cited_lines(passages)
        return [passage for passage in passages if passage.cited_lines]

    def load_pending_changes(self):
        """Load the open changes of this record; the form starts with the values that the user's own one proposes."""
        changes = Change.objects.for_records(self.instance).filter(state__in=OPEN_STATES)
        pending = list(changes.select_related("author", "kind", "batch"))
        self.own_change = next((change for change in pending if change.author_id == self.user.pk), None)
        self.other_changes = [change for change in pending if change is not self.own_change]
        for change in self.other_changes:
            change.differences = diff_contents(change.model, change.base, change.content)
        self.initial["seen"] = concurrency_token(self.instance)
        latest = Change.objects.for_records(self.instance).filter(author=self.user).order_by("-pk").first()
        self.rejected_change = latest if latest is not None and latest.state == ChangeState.REJECTED else None
        talked_of = self.own_change or self.rejected_change
        self.remarks = find_remarks(talked_of) if talked_of else []
        if self.own_change and is_public(self.instance):
            content, conflicting_names = three_way_merge(self.own_change, self.instance)
            own_values = {name: self.own_change.content[name] for name in conflicting_names}
            self.initial |= self.initial_from_content(content | own_values) | {"why": self.own_change.why}
            self.show_values_of_others(content, own_values)

    def show_values_of_others(self, content, own_values):
        """Show beside each field that somebody else changed too what is published there; the field holds one's own."""
        differences = diff_contents(type(self.instance), own_values, {name: content[name] for name in own_values})
        self.own_change.conflicting_fields = [difference.field for difference in differences]
        for difference in differences:
            if field := self.fields.get(difference.name):
                theirs = ", ".join(map(str, difference.after)) or "nothing"
                note = format_html('<strong class="published-meanwhile">Published meanwhile: {}.</strong>', theirs)
                field.help_text = format_html("{} {}", note, field.help_text)
