"""Names of people that could be mistaken for others are refused, on every way on which accounts are made."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from tests.helpers.accounts import PASSWORD, get_text, make_account

pytestmark = pytest.mark.django_db
ADD_URL = "/admin/auth/user/add/"
MISTAKABLE = [
    ("annа", "cyrillic small letter a (U+0430), at position 4"),
    ("rαlf", "greek small letter alpha (U+03B1), at position 2"),
    ("an\u200bna", "zero width space (U+200B), at position 3"),
]


@pytest.mark.parametrize(("username", "message"), MISTAKABLE)
def test_no_form_and_no_command_makes_a_user_with_such_a_name(client, username, message):
    client.force_login(make_account("administrator", "chief"))
    page = get_text(client.post(ADD_URL, {"username": username, "password1": PASSWORD, "password2": PASSWORD}))
    assert message in page
    with pytest.raises(CommandError) as caught:
        call_command("createsuperuser", "--noinput", username=username, email="a@example.org")
    assert message in str(caught.value) or "Enter a valid username" in str(caught.value)
    with pytest.raises(CommandError) as caught:
        call_command("restore_administrator", username)
    assert message in str(caught.value)
    with pytest.raises(ValidationError):
        User.objects.create_user(username)
    assert set(User.objects.values_list("username", flat=True)) == {"chief"}


def test_a_name_that_only_looks_like_that_of_another_is_refused(client):
    client.force_login(make_account("administrator", "care"))
    page = get_text(client.post(ADD_URL, {"username": "саrе", "password1": PASSWORD, "password2": PASSWORD}))
    assert "it looks like “c”" in page
    User.objects.create_user("soc")
    page = get_text(client.post(ADD_URL, {"username": "ѕос", "password1": PASSWORD, "password2": PASSWORD}))
    assert "“ѕос” looks like “soc”, who is somebody else" in page
    assert not User.objects.filter(username="ѕос").exists()


def test_names_of_people_of_any_alphabet_are_taken(client):
    client.force_login(make_account("administrator", "chief"))
    names = {"first_name": "Işıl", "last_name": "Łódź-O’Brien"}
    values = {"username": "isil", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(ADD_URL, values | names).status_code == 302
    anna = User.objects.create_user("анна", first_name="Анна", last_name="Сара")
    assert User.objects.get(pk=anna.pk).first_name == "Анна"


def test_a_first_name_is_cleaned_at_its_ends_and_refused_with_what_nobody_sees(client):
    client.force_login(make_account("administrator", "chief"))
    user = make_account("viewer", "other")
    url = f"/admin/auth/user/{user.pk}/change/"
    values = {"is_active": "on", "groups": [group.pk for group in user.groups.all()], "last_name": "B"}
    page = get_text(client.post(url, values | {"first_name": "An\u200bna"}))
    assert "(U+200B), at position 3" in page
    response = client.post(url, values | {"first_name": "Anna\u00a0Maria "}, follow=True)
    assert "no-break space (U+00A0) written as a space" in get_text(response)
    assert User.objects.get(pk=user.pk).first_name == "Anna Maria"


def test_a_user_who_is_there_already_goes_on(client):
    user = make_account("viewer", "other")
    User.objects.filter(pk=user.pk).update(username="оther", first_name="A\u200bn")
    user.refresh_from_db()
    user.email = "other@example.org"
    user.save()
    client.force_login(user)
    assert client.get("/admin/").status_code == 200
