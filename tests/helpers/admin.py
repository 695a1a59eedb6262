"""Admin pages: their URLs, and the data of their forms."""

from django.urls import reverse

# What an editor fills in to add a symptom.
NEW_SYMPTOM_FORM = {
    "name": "Stiff",
    "slug": "stiff",
    "kind": "unstated",
    "review_due": "2030-01-01",
    "why": "It is missing.",
}


def build_admin_url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def read_form_data(client, url):
    """Return the data that the form would send for review if it were submitted unchanged."""
    form = client.get(url).context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = field.prepare_value(form.get_initial_for_field(field, name))
        data[name] = [getattr(v, "pk", v) for v in value] if isinstance(value, list) else value
    return {"why": "It says so.", "_send": "1"} | {name: value for name, value in data.items() if value is not None}
