"""The form of every record: what is written in it becomes a draft, or a change that waits for review."""

import hashlib
import json
from copy import copy

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError

from kb.editorial.diff import differences
from kb.editorial.editing import MovedOn, Wish, begin, is_public, merged, save, stamp
from kb.editorial.impact import concerns, impact
from kb.editorial.preview import preview
from kb.editorial.snapshot import Library, content_of, key_of
from kb.models import OPEN, Change, Passage

PUBLIC = "Once it is published, everybody can read it: name no person."
WHY = f"Why this is written or changed, in a sentence: the reviewer reads it, and the history keeps it. {PUBLIC}"


class KeptForm(forms.ModelForm):
    """Shows a record, or what its reader already proposes for it; hands what was written to the editing service."""

    request = None  # Of whoever fills it in.

    why = forms.CharField(max_length=500, label="Why", help_text=WHY, widget=forms.TextInput(attrs={"size": 80}))
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    weighed = forms.CharField(required=False, widget=forms.HiddenInput)  # The content of which the impact was shown.

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = self.request.user
        self.outcome = self.page = self.conflict = self.impact = None
        self.own = self.others = None
        if self.instance.pk:
            self.look_around()
        else:
            self.initial.setdefault("why", "New.")

    def look_around(self):
        """What is proposed for this record already, by its reader and by others; the reader goes on with their own."""
        waiting = list(Change.objects.about(self.instance).filter(state__in=OPEN).select_related("author", "kind"))
        self.own = next((c for c in waiting if c.author_id == self.person.pk), None)
        self.others = [change for change in waiting if change is not self.own]
        for change in self.others:
            change.differences = differences(change.model, change.base, change.content)
        self.initial["seen"] = stamp(self.instance)
        if self.own and is_public(self.instance):
            content, self.own.clash = merged(self.own, self.instance)
            self.initial |= self.values(content) | {"why": self.own.why}

    def values(self, content):
        """A content as the values that the fields of this form start with."""
        proposed, library, links = copy(self.instance), Library(), {}
        self.own.lost = []
        for name in content.keys() & self.fields.keys():
            try:
                links |= library.fill(proposed, {name: content[name]})
            except ValidationError:  # What it names is gone: the form starts with what stands there now.
                self.own.lost.append(self.fields[name].label)
        return forms.model_to_dict(proposed, [name for name in self.fields if name not in links]) | links

    def written(self):
        """What was written, in words."""
        content = content_of(self.instance)
        for field in self.instance._meta.many_to_many:
            if field.name in self.cleaned_data:
                content[field.name] = sorted(key_of(record) for record in self.cleaned_data[field.name])
        return content

    def _post_clean(self):
        """Once the record holds what was sent, have it written; whatever is in the way is told at its field."""
        super()._post_clean()
        if self.errors:
            return
        try:
            self.hand_over(self.written())
        except MovedOn as moved:
            self.show_both(moved)
        except ValidationError as error:
            self.tell(error)
        except PermissionDenied as refusal:
            self.add_error(None, str(refusal))

    def hand_over(self, content):
        """Write it: nothing is written where it may not be as it stands, or before its impact was seen."""
        if "_preview" in self.data:
            self.page = preview(self.request, self.instance, content)
            return
        if not self.was_weighed(content):
            self.add_error(None, "Look first at what this changes for readers, below; then save again.")
            return
        wish = Wish(self.person, self.cleaned_data["why"], send="_send" in self.data)
        if self.instance.pk:
            self.outcome = save(self.instance, content, wish, self.cleaned_data["seen"] or "nothing")
        else:
            record = begin(type(self.instance), content, wish)
            self.instance = record
            self.outcome = Change.objects.about(record).first()

    def was_weighed(self, content):
        """Whether the reader has seen what this changes for the public, where it changes more than its own words."""
        public = is_public(self.instance) if self.instance.pk else False
        if isinstance(self.instance, Passage) or not (public or "_send" in self.data):
            return True
        weight = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        if self.cleaned_data["weighed"] == weight or not concerns(self.instance, content):
            return True
        self.impact = impact(self.instance, content)
        self.put("weighed", weight)
        return not self.impact

    def put(self, name, value):
        """Set a hidden field of the form that is shown again."""
        self.data = self.data.copy()
        self.data[self.add_prefix(name)] = value

    def show_both(self, moved):
        """Somebody else was faster: show their version beside this one, and let this one be saved once it was seen."""
        self.add_error(None, moved.messages)
        if moved.now is not None:
            self.conflict = {
                "theirs": differences(type(self.instance), moved.seen, moved.now),
                "yours": differences(type(self.instance), moved.now, self.written()),
            }
        self.put("seen", stamp(self.instance))

    def tell(self, error):
        for name, messages in getattr(error, "message_dict", {NON_FIELD_ERRORS: error.messages}).items():
            field = name if name in self.fields else None
            for words in messages:
                self.add_error(field, words if field or name == NON_FIELD_ERRORS else f"{name}: {words}")
