"""What the database holds of second factors and tokens is of no use to who reads it: encrypted, or digests."""

import pytest
from django.conf import global_settings
from django.contrib.auth.models import User
from django.test import override_settings
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.accounts.two_factor import generate_recovery_codes, verify_code
from kb.models import AccountEvent, ApiToken, AuthenticatorApp
from kb.models.second_factors import PURPOSE
from kb.utils.encryption import DecryptionError, decrypt, encrypt
from tests.helpers.accounts import TWO_FACTOR_URL, get_totp_code, make_account, make_totp_device
from tests.helpers.accounts import two_factor as two_factor
from tests.helpers.scratch import ScratchDatabases, run_commands, run_function

OTHER_KEY = "another key of fifty characters or more, as random as it gets"
KEY_OF_BEFORE, CODE_OF_BEFORE = "3132333435363738393031323334353637383930", "abcd2345"


def read_stored_rows():
    """Return every value of the tables of second factors, as text."""
    rows = [*TOTPDevice.objects.values_list(), *StaticToken.objects.values_list()]
    return " ".join(str(value) for row in rows for value in row)


def test_the_secret_of_an_app_is_stored_encrypted_and_works(db, users):
    device = make_totp_device(users["reviewer"])
    assert device.bin_key.hex() not in read_stored_rows()
    assert len(TOTPDevice.objects.get().key) <= 80  # PostgreSQL holds the column to that.
    stored = AuthenticatorApp.objects.get()
    assert stored.bin_key == device.bin_key
    assert verify_code(users["reviewer"], get_totp_code(stored)) == stored


def test_a_secret_that_is_set_up_is_encrypted_in_the_session_too(db, client, two_factor):
    client.force_login(make_account("reviewer"))
    secret = client.get(TWO_FACTOR_URL).context["secret"]
    pending = client.session["second-factor-to-be"]
    assert pending.startswith("aes:")
    assert secret not in pending


def test_what_the_database_holds_of_a_recovery_code_is_no_code(db, users):
    codes = generate_recovery_codes(users["reviewer"])
    stored = read_stored_rows()
    assert not [code for code in codes if code in stored or code.replace("-", "") in stored]
    for digest in StaticToken.objects.values_list("token", flat=True):
        with pytest.raises(Exception, match="no recovery code of yours"):
            verify_code(users["reviewer"], digest)
        users["reviewer"].staticdevice_set.update(throttling_failure_count=0)
    assert verify_code(users["reviewer"], codes[0])
    assert len(set(codes)) == 10
    assert min(len(code.replace("-", "")) for code in codes) == 16  # 80 bits: its digest cannot be tried through.


def test_the_key_can_be_changed_while_the_old_one_is_a_fallback(db, users, settings):
    device = make_totp_device(users["reviewer"])
    old, settings.SECRET_KEY = settings.SECRET_KEY, OTHER_KEY
    assert not AuthenticatorApp.objects.get().verify_token(get_totp_code(make_plain(device, old)))
    settings.SECRET_KEY_FALLBACKS = [old]
    AuthenticatorApp.objects.update(throttling_failure_count=0)
    assert AuthenticatorApp.objects.get().verify_token(get_totp_code(AuthenticatorApp.objects.get()))


def make_plain(device, secret_key):
    """Return a device of django-otp with the secret of one of ours, read with a certain key."""
    with override_settings(SECRET_KEY=secret_key):
        return TOTPDevice(key=device.bin_key.hex())


def test_an_altered_secret_or_one_for_another_purpose_is_not_read():
    sealed = encrypt(b"secret", PURPOSE)
    assert decrypt(sealed, PURPOSE) == b"secret"
    assert encrypt(b"secret", PURPOSE) != sealed
    altered = sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB")
    for text, purpose in [(altered, PURPOSE), (sealed, "another purpose")]:
        with pytest.raises(DecryptionError):
            decrypt(text, purpose)


def test_of_a_token_only_a_digest_is_stored(db, users):
    token = ApiToken(user=users["editor"], name="app", scopes=["suggest"])
    secret = token.issue()
    row = " ".join(str(value) for value in ApiToken.objects.values_list().get())
    assert secret not in row
    assert secret.removeprefix("kb_")[10:] not in row


def test_no_account_event_holds_a_password_or_a_code(client, db):
    make_account("editor")
    client.post("/admin/login/", {"username": "editor", "password": "a wrong long password"})
    rows = " ".join(str(value) for row in AccountEvent.objects.values_list() for value in row)
    assert "failed" in rows
    assert "a wrong long password" not in rows


def write_second_factor_of_before():
    """Write a second factor as django-otp keeps it."""
    [user] = User.objects.bulk_create([User(username="rita")])  # No account event, whose table is another by now.
    TOTPDevice.objects.create(user=user, key=KEY_OF_BEFORE)
    user.staticdevice_set.create(name="codes").token_set.create(token=CODE_OF_BEFORE)


def use_second_factor():
    """Return what is stored of the second factor, whether its secret is the same, and whether its code works."""
    from kb.models import AuthenticatorApp, RecoveryCodes

    device = AuthenticatorApp.objects.get()
    stored = [device.key, *StaticToken.objects.values_list("token", flat=True)]
    return [stored, device.bin_key.hex(), RecoveryCodes.objects.get().verify_token(CODE_OF_BEFORE)]


def read_second_factor_of_before():
    return [*TOTPDevice.objects.values_list("key", flat=True), StaticToken.objects.count()]


@pytest.mark.slow
def test_what_is_there_is_encrypted_by_the_migration_and_goes_back(tmp_path, django_db_blocker):
    with django_db_blocker.unblock():
        databases = ScratchDatabases(tmp_path)
        try:
            url = databases.create()
            run_commands(url, "migrate kb 0019 --verbosity=0", "migrate --verbosity=0 otp_totp")
            run_commands(url, "migrate --verbosity=0 otp_static")
            run_function(url, write_second_factor_of_before)
            run_commands(url, "migrate kb --verbosity=0")
            stored, key, works = run_function(url, use_second_factor)
            assert not {KEY_OF_BEFORE, CODE_OF_BEFORE} & {*stored}
            assert key == KEY_OF_BEFORE
            assert works
            run_commands(url, "migrate kb 0019 --verbosity=0")
            assert run_function(url, read_second_factor_of_before) == [KEY_OF_BEFORE, 0]
        finally:
            databases.drop_all()


def test_what_the_database_holds_of_a_password_is_slow_to_try(db):
    """The tests themselves use a quicker algorithm than an installation, which has Django's."""
    from kb import settings as shipped

    assert not hasattr(shipped, "PASSWORD_HASHERS")
    with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):
        person = User.objects.create_user("somebody", password="a long phrase that is mine")
        algorithm, iterations, salt, digest = person.password.split("$")
        assert (algorithm, int(iterations) >= 600_000, len(salt) >= 22, len(digest)) == (
            "pbkdf2_sha256",
            True,
            True,
            44,
        )
        assert person.check_password("a long phrase that is mine")
        assert not person.check_password("a long phrase that is not mine")
