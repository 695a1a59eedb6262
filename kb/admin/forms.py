"""The form of every versioned record: shows stored and pending values, validates what is submitted, never writes."""

import hashlib
import json
from collections import defaultdict
from copy import copy

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError

from kb.admin.form_context import RecordContextMixin
from kb.admin.form_labels import FORM_HELP_TEXTS, REASON_HELP_TEXT, SuggestionsField
from kb.admin.record_links import LinkedErrorList, NamedRecords
from kb.admin.text_cleaning import TextCleaningMixin
from kb.editorial.citation_conflicts import find_citation_conflicts
from kb.editorial.content_rules import is_public
from kb.editorial.diff import FIELD_LABELS, diff_contents
from kb.editorial.editing import (
    EditConflict,
    EditRequest,
    concurrency_token,
)
from kb.editorial.impact import compute_impact, may_change_other_answers
from kb.editorial.marked_lines import PassageMaker
from kb.editorial.snapshot import NaturalKeyResolver, serialize_key, serialize_record
from kb.editorial.wording import find_wording_conflicts
from kb.models import Finding, Passage, Statement, Suggestion


class VersionedModelForm(TextCleaningMixin, RecordContextMixin, forms.ModelForm):
    """A form of a record, or of the user's own pending change of it.

    A valid form holds `content`, the submitted record in words, and `edit_request`. `VersionedModelAdmin.save_model()`
    writes them through the editing service; what the service refuses comes back as `refusal`, to be shown.
    """

    # Set by VersionedModelAdmin.get_form() on the class that it makes for each request; `passages` are those of marked
    # lines, which a new statement cites: they are saved with it.
    user = refusal = typed_text = None
    passages = ()

    class Meta:
        labels, help_texts = FIELD_LABELS, FORM_HELP_TEXTS

    why = forms.CharField(
        max_length=500, label="Why", help_text=REASON_HELP_TEXT, widget=forms.TextInput(attrs={"size": 80})
    )
    answers_to = SuggestionsField(required=False, queryset=Suggestion.objects.none(), label="This change answers")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # The concurrency token of the record shown.
    weighed = forms.CharField(
        required=False, widget=forms.HiddenInput
    )  # Digest of the content whose warnings it showed.

    def __init__(self, *args, **kwargs):
        if not args and self.typed_text:
            kwargs["data"] = self.typed_text
        super().__init__(*args, **{"error_class": LinkedErrorList} | kwargs)
        self.content = self.edit_request = self.conflict = self.impact = None
        self.own_change = self.other_changes = self.rejected_change = None
        self.comparisons, self.withdrawn_sources = [], set()
        self.remarks = []
        self.findings = Finding.objects.for_records(self.instance) if self.instance.pk else ()
        self.load_suggestions()
        self.cited_passages, self.statements_about = self.find_cited_passages(), self.find_statements_about()
        if self.instance.pk:
            self.load_pending_changes()
        elif isinstance(self.instance, Passage):
            self.initial.setdefault("why", "A place to be cited.")

    def initial_from_content(self, content):
        """Return a content as initial values of the fields of this form."""
        candidate, resolver, links = copy(self.instance), NaturalKeyResolver(), {}
        self.own_change.missing_references = []
        for name in content.keys() & self.fields.keys():
            try:
                links |= resolver.assign_fields(candidate, {name: content[name]})
            except ValidationError:  # It names a deleted record: the field starts with its stored value.
                self.own_change.missing_references.append(self.fields[name].label)
        return forms.model_to_dict(candidate, [name for name in self.fields if name not in links]) | links

    def build_content(self):
        """Return the submitted record in words, as the editing service takes it."""
        content = serialize_record(self.instance)
        for field in self.instance._meta.many_to_many:
            if field.name in self.cleaned_data:
                content[field.name] = sorted(map(serialize_key, self.get_linked_records(field.name)))
        return content

    def get_linked_records(self, name):
        """Return the submitted records of a many-to-many field; for citations, with the passages of marked lines."""
        chosen = list(self.cleaned_data[name])
        return [*chosen, *(p for p in self.passages if p not in chosen)] if name == "citations" else chosen

    def build_resolver(self):
        """Return what looks up the records that the content names, and makes the passages of marked lines."""
        return PassageMaker(self.passages, self.user)

    def _post_clean(self):
        """Validate the record, then the impact and the reason; add what the editing service refused, if it did."""
        if isinstance(self.instance, Passage) and not self.instance.pk and self.cleaned_data.get("source"):
            self.instance.edition = self.cleaned_data["source"].edition  # A new place is in what is read now.
        super()._post_clean()
        if self.errors or self.typed_text:  # What comes back after a sign-in is shown, not saved.
            return
        self.content = self.build_content()
        try:
            if "_preview" not in self.data:
                self.edit_request = EditRequest(
                    self.user, self.cleaned_data["why"], submit="_send" in self.data, resolver=self.build_resolver()
                )
                self.require_acknowledged_warnings()
            if self.refusal:
                raise self.refusal
        except EditConflict as conflict:
            self.show_edit_conflict(conflict)
        except ValidationError as error:
            self.add_validation_errors(error)
        except PermissionDenied as error:
            self.add_error(None, str(error))

    def require_acknowledged_warnings(self):
        """Raise ValidationError unless the user has seen what this content contradicts, and what it changes.

        That is what fields say against the sentence of the record, what the check of its citations finds, and how
        answers to readers change. The digest that acknowledges them is then set on the form that is shown again.
        """
        digest = hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()
        if self.cleaned_data["weighed"] == digest:
            return
        errors = self.find_conflicts()
        if self.is_impact_shown() and may_change_other_answers(self.instance, self.content):
            self.impact = compute_impact(self.instance, self.content, self.build_resolver())
            if self.impact:
                errors[NON_FIELD_ERRORS] = "Look first at what this changes for readers, below; then save again."
        if errors or self.impact is not None:
            self.set_hidden_field("weighed", digest)
        if errors:
            raise ValidationError(errors)

    def find_conflicts(self):
        """Return by field what the sentence contradicts, and what the lines that it cites do not say."""
        conflicts = defaultdict(list)
        for name, conflict in find_wording_conflicts(self.content).items():
            conflicts[name].append(f"{conflict} Change one of them, or save again to keep both.")
        if isinstance(self.instance, Statement):
            related = self.instance.related_records() if self.instance.pk else {}
            for field in self.instance.relation_fields():
                if not field.many_to_many:
                    related[field.name] = list(filter(None, [getattr(self.instance, field.name)]))
                elif field.name in self.cleaned_data:
                    related[field.name] = self.get_linked_records(field.name)
            for name, found in find_citation_conflicts(self.instance, related).items():
                conflicts[name] += [f"{conflict} Change it, or save again to keep it." for conflict in found]
        return dict(conflicts)

    def has_only_impact(self):
        """Return whether nothing is wrong: the impact of a valid content is shown, to be looked at first."""
        return bool(self.impact) and self.errors.keys() == {NON_FIELD_ERRORS} and not self.conflict

    def list_errors(self):
        """Return what is wrong: for each field, in the order of the form, its anchor, its label and the messages."""
        named = NamedRecords(message for messages in self.errors.values() for message in messages)
        rows = [("", "", self.errors.get(NON_FIELD_ERRORS, ()))]
        rows += [
            (self[name].id_for_label, self[name].label, self.errors[name])
            for name in self.fields
            if name in self.errors
        ]
        return [
            (anchor, label, [named.link(message) for message in messages])
            for anchor, label, messages in rows
            if messages
        ]

    def focus_first_error(self):
        """Let the first field with an error have the focus when the page opens."""
        for name in self.fields:
            if name in self.errors:
                self.fields[name].widget.attrs["autofocus"] = True
                return

    def is_impact_shown(self):
        """Return whether the impact is shown first: of public records, and of what is sent for review."""
        public = is_public(self.instance) if self.instance.pk else False
        return not isinstance(self.instance, Passage) and (public or "_send" in self.data)

    def set_hidden_field(self, name, value):
        """Set a hidden field of the form that is shown again."""
        self.data = self.data.copy()
        self.data[self.add_prefix(name)] = value

    def show_edit_conflict(self, conflict):
        """Add the conflict as an error, with both versions; the next submission counts as having seen them."""
        self.add_error(None, conflict.messages)
        if conflict.current is not None:
            self.conflict = {
                "theirs": diff_contents(type(self.instance), conflict.original, conflict.current),
                "yours": diff_contents(type(self.instance), conflict.current, self.content),
            }
        self.set_hidden_field("seen", concurrency_token(self.instance))

    def add_validation_errors(self, error):
        """Add each message to its field; those of fields that the form lacks are added to the form, with the name."""
        for name, messages in getattr(error, "message_dict", {NON_FIELD_ERRORS: error.messages}).items():
            field = name if name in self.fields else None
            for message in messages:
                self.add_error(field, message if field or name == NON_FIELD_ERRORS else f"{name}: {message}")
