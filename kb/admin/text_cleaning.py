"""What people type into the admin: folded before it is validated, and whoever typed it is told what was cleaned."""

from django import forms
from django.contrib import messages

from kb.validators import NAME_FIELDS, fold_text

MAX_SHOWN_NOTES = 8  # Notes in one message; of a longer list, the number of the rest.
SECRET_WIDGETS = (forms.PasswordInput, forms.HiddenInput)


def is_name(name, field):
    """Return whether a field of a form holds a name, in which nothing is removed unseen."""
    return name in NAME_FIELDS or isinstance(field, forms.SlugField)


class TextCleaningMixin:
    """Folds the text fields of a form as the models do; `text_notes` says what was cleaned. A mixin of forms.

    A form that is shown again has the texts as they are now. Passwords are left as they are.
    """

    text_notes = ()
    texts_of_others = ()  # Fields with documents of publishers, which have a rule of their own.

    def full_clean(self):
        if self.is_bound:
            self.fold_texts()
        super().full_clean()

    def fold_texts(self):
        data, self.text_notes = self.data.copy(), []
        for name, field in self.fields.items():
            value = data.get(self.add_prefix(name))
            is_text = isinstance(field, forms.CharField) and not isinstance(field.widget, SECRET_WIDGETS)
            if is_text and name not in self.texts_of_others and isinstance(value, str):
                folded = fold_text(value, is_name=is_name(name, field))
                data[self.add_prefix(name)] = folded.value
                self.text_notes += [f"{self[name].label}: {note}" for note in folded.notes]
        self.data = data


def show_cleaning(request, notes):
    """Tell the user what was cleaned in what they typed; once for each request, even if its form is made twice."""
    shown = request.__dict__.setdefault("shown_notes", set())
    if new := [note for note in notes if note not in shown]:
        shown.update(new)
        more = f" And {len(new) - MAX_SHOWN_NOTES} more." if len(new) > MAX_SHOWN_NOTES else ""
        messages.info(request, f"Cleaned, since nobody sees the difference: {' '.join(new[:MAX_SHOWN_NOTES])}{more}")


def read_posted_text(request, name, *, is_name=False):
    """Return a text that was posted, folded; its writer is told what was cleaned."""
    folded = fold_text(request.POST.get(name, ""), is_name=is_name)
    show_cleaning(request, [f"{name.capitalize()}: {note}" for note in folded.notes])
    return folded.value


class CleaningAdminMixin:
    """Tells what the form of a ModelAdmin cleaned, whether it was valid or is shown again."""

    def save_form(self, request, form, change):
        show_cleaning(request, form.text_notes)
        return super().save_form(request, form, change)

    def render_change_form(self, request, context, *args, **kwargs):
        show_cleaning(request, getattr(context["adminform"].form, "text_notes", ()))
        return super().render_change_form(request, context, *args, **kwargs)
