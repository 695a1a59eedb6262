"""The page for the second factor: set it up, give a code, or change it."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views import View
from django_otp import login

from kb.accounts import two_factor
from kb.accounts.audit_log import AccountEventType, log_account_event
from kb.models.second_factors import decrypt_totp_key, encrypt_totp_key
from kb.permissions import is_verified, needs_second_factor

PENDING_TOTP_KEY = "second-factor-to-be"  # In the session: the encrypted secret of an app that is not set up yet.


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        max_length=32,
        error_messages={"required": "Type the code first."},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false", "autofocus": True}
        ),
    )


class TwoFactorView(View):
    """Sets up a second factor if there is none, asks for a code if none was given yet, else offers changes."""

    admin_site = None

    def get(self, request):
        return self.render_page(CodeForm())

    def post(self, request):
        if request.POST.get("wish") == "keep":
            request.session.pop(PENDING_TOTP_KEY, None)
            return HttpResponseRedirect(reverse("admin:two_factor"))
        form = CodeForm(request.POST)
        if form.is_valid():
            try:
                return self.process_code(form.cleaned_data["code"], request.POST.get("wish"))
            except ValidationError as error:
                form.add_error("code", error)
        return self.render_page(form)

    def process_code(self, code, action):
        """Check a code and do what it was given for. Raise ValidationError if it is wrong."""
        request = self.request
        if self.is_setting_up():
            if not request.session.get(PENDING_TOTP_KEY):
                raise ValidationError("The set-up began anew, since it was left: scan the picture again.")
            key = decrypt_totp_key(request.session[PENDING_TOTP_KEY])
            self.mark_verified(two_factor.enroll_totp_device(request.user, key, code))
            return self.show_recovery_codes("Two-factor sign-in is set up")
        device = two_factor.verify_code(request.user, code)
        if not is_verified(request.user):
            self.mark_verified(device)
            return HttpResponseRedirect(self.get_next_url())
        if action == "codes":
            log_account_event(AccountEventType.CODES, request.user.get_username())
            return self.show_recovery_codes("New recovery codes")
        if action == "app":
            request.session[PENDING_TOTP_KEY] = encrypt_totp_key(two_factor.generate_totp_key())
        elif action == "remove" and not needs_second_factor(request.user):
            two_factor.remove_two_factor(request.user)
            return HttpResponseRedirect(reverse("admin:two_factor"))
        return self.render_page(CodeForm())

    def is_setting_up(self):
        """Return whether an app is to be set up: there is none yet, or a verified user asked for another."""
        user = self.request.user
        return not two_factor.get_totp_device(user) or (is_verified(user) and PENDING_TOTP_KEY in self.request.session)

    def mark_verified(self, device):
        """Mark the session as verified by a device, under a new session key."""
        self.request.session.pop(PENDING_TOTP_KEY, None)
        self.request.session.cycle_key()
        login(self.request, device)

    def show_recovery_codes(self, title):
        """Make new recovery codes and return the only page that ever shows them."""
        codes = two_factor.generate_recovery_codes(self.request.user)
        return self.render_template("codes", title, codes=codes, way_on=self.get_next_url())

    def render_page(self, form):
        """Return the page for the state of the user: set up, give a code, or manage."""
        user, session = self.request.user, self.request.session
        if self.is_setting_up():
            if PENDING_TOTP_KEY not in session:
                session[PENDING_TOTP_KEY] = encrypt_totp_key(two_factor.generate_totp_key())
            key = decrypt_totp_key(session[PENDING_TOTP_KEY])
            return self.render_template(
                "set_up",
                "Set up two-factor sign-in",
                form=form,
                secret=two_factor.format_totp_key(key),
                picture=mark_safe(two_factor.render_qr_code(user, key)),  # noqa: S308  Drawn here, squares alone.
                replaces=bool(two_factor.get_totp_device(user)),
            )
        left = two_factor.count_recovery_codes(user)
        if not is_verified(user):
            return self.render_template("ask", "Your second factor", form=form, left=left)
        return self.render_template(
            "manage", "Two-factor sign-in", form=form, left=left, app=two_factor.get_totp_device(user)
        )

    def render_template(self, template, title, **context):
        is_signed_in = not two_factor.needs_verification(self.request.user)
        common = {
            **self.admin_site.each_context(self.request),
            "title": title,
            "needed": needs_second_factor(self.request.user),
            "is_in": is_signed_in,
            "is_nav_sidebar_enabled": is_signed_in and template == "manage",
        }
        return render(self.request, f"admin/two_factor/{template}.html", common | context)

    def get_next_url(self):
        """Return the URL in `next`, if it is one of this site, else that of the first page."""
        url = self.request.GET.get("next", "")
        is_safe = url_has_allowed_host_and_scheme(
            url, {self.request.get_host()}, require_https=self.request.is_secure()
        )
        return url if is_safe else reverse("admin:index")
