"""The form of every record: what is written in it becomes a draft, or a change that waits for review."""

import hashlib
import json
from copy import copy

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError

from kb.editorial.content_rules import is_public
from kb.editorial.diff import diff_contents
from kb.editorial.editing import (
    EditConflict,
    EditRequest,
    concurrency_token,
    create_draft,
    save_or_propose,
    three_way_merge,
)
from kb.editorial.impact import compute_impact, may_change_other_answers
from kb.editorial.preview import render_preview
from kb.editorial.snapshot import NaturalKeyResolver, serialize_key, serialize_record
from kb.models import OPEN_STATES, Change, Passage

PRIVACY_NOTICE = "Once it is published, everybody can read it: name no person."
REASON_HELP_TEXT = (
    f"Why this is written or changed, in a sentence: the reviewer reads it, and the history keeps it. {PRIVACY_NOTICE}"
)


class VersionedModelForm(forms.ModelForm):
    """Shows a record, or what its reader already proposes for it; hands what was written to the editing service."""

    request = None  # Of whoever fills it in.

    why = forms.CharField(
        max_length=500, label="Why", help_text=REASON_HELP_TEXT, widget=forms.TextInput(attrs={"size": 80})
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    weighed = forms.CharField(required=False, widget=forms.HiddenInput)  # The content of which the impact was shown.

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = self.request.user
        self.pending_change = self.preview_response = self.conflict = self.impact = None
        self.own_change = self.other_changes = None
        if self.instance.pk:
            self.load_pending_changes()
        else:
            self.initial.setdefault("why", "New.")

    def load_pending_changes(self):
        """What is proposed for this record already, by its reader and by others; the reader goes on with their own."""
        waiting = list(
            Change.objects.for_records(self.instance).filter(state__in=OPEN_STATES).select_related("author", "kind")
        )
        self.own_change = next((c for c in waiting if c.author_id == self.user.pk), None)
        self.other_changes = [change for change in waiting if change is not self.own_change]
        for change in self.other_changes:
            change.differences = diff_contents(change.model, change.base, change.content)
        self.initial["seen"] = concurrency_token(self.instance)
        if self.own_change and is_public(self.instance):
            content, self.own_change.conflicting_fields = three_way_merge(self.own_change, self.instance)
            self.initial |= self.initial_from_content(content) | {"why": self.own_change.why}

    def initial_from_content(self, content):
        """A content as the values that the fields of this form start with."""
        proposed, library, links = copy(self.instance), NaturalKeyResolver(), {}
        self.own_change.missing_references = []
        for name in content.keys() & self.fields.keys():
            try:
                links |= library.assign_fields(proposed, {name: content[name]})
            except ValidationError:  # What it names is gone: the form starts with what stands there now.
                self.own_change.missing_references.append(self.fields[name].label)
        return forms.model_to_dict(proposed, [name for name in self.fields if name not in links]) | links

    def build_content(self):
        """What was written, in words."""
        content = serialize_record(self.instance)
        for field in self.instance._meta.many_to_many:
            if field.name in self.cleaned_data:
                content[field.name] = sorted(serialize_key(record) for record in self.cleaned_data[field.name])
        return content

    def _post_clean(self):
        """Once the record holds what was sent, have it written; whatever is in the way is told at its field."""
        super()._post_clean()
        if self.errors:
            return
        try:
            self.submit_content(self.build_content())
        except EditConflict as moved:
            self.show_edit_conflict(moved)
        except ValidationError as error:
            self.add_validation_errors(error)
        except PermissionDenied as refusal:
            self.add_error(None, str(refusal))

    def submit_content(self, content):
        """Write it: nothing is written where it may not be as it stands, or before its impact was seen."""
        if "_preview" in self.data:
            self.preview_response = render_preview(self.request, self.instance, content)
            return
        if not self.impact_acknowledged(content):
            self.add_error(None, "Look first at what this changes for readers, below; then save again.")
            return
        wish = EditRequest(self.user, self.cleaned_data["why"], submit="_send" in self.data)
        if self.instance.pk:
            self.pending_change = save_or_propose(self.instance, content, wish, self.cleaned_data["seen"] or "nothing")
        else:
            record = create_draft(type(self.instance), content, wish)
            self.instance = record
            self.pending_change = Change.objects.for_records(record).first()

    def impact_acknowledged(self, content):
        """Whether the reader has seen what this changes for the public, where it changes more than its own words."""
        public = is_public(self.instance) if self.instance.pk else False
        if isinstance(self.instance, Passage) or not (public or "_send" in self.data):
            return True
        weight = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        if self.cleaned_data["weighed"] == weight or not may_change_other_answers(self.instance, content):
            return True
        self.impact = compute_impact(self.instance, content)
        self.set_hidden_field("weighed", weight)
        return not self.impact

    def set_hidden_field(self, name, value):
        """Set a hidden field of the form that is shown again."""
        self.data = self.data.copy()
        self.data[self.add_prefix(name)] = value

    def show_edit_conflict(self, moved):
        """Somebody else was faster: show their version beside this one, and let this one be saved once it was seen."""
        self.add_error(None, moved.messages)
        if moved.current is not None:
            self.conflict = {
                "theirs": diff_contents(type(self.instance), moved.original, moved.current),
                "yours": diff_contents(type(self.instance), moved.current, self.build_content()),
            }
        self.set_hidden_field("seen", concurrency_token(self.instance))

    def add_validation_errors(self, error):
        for name, messages in getattr(error, "message_dict", {NON_FIELD_ERRORS: error.messages}).items():
            field = name if name in self.fields else None
            for words in messages:
                self.add_error(field, words if field or name == NON_FIELD_ERRORS else f"{name}: {words}")
