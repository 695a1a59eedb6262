"""The one page of the second factor: it is set up here, asked for, and looked after."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views import View
from django_otp import login

from kb.accounts import two_factor as second_factor
from kb.accounts.audit_log import AccountEventType, log_account_event
from kb.permissions import is_verified, needs_second_factor

PENDING_TOTP_KEY = "second-factor-to-be"  # In the session: the secret of an app that is not set up yet.


class CodeForm(forms.Form):
    """A code, of the app or for recovery."""

    code = forms.CharField(
        max_length=32,
        error_messages={"required": "Type the code first."},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false", "autofocus": True}
        ),
    )


class TwoFactorView(View):
    """Sets a second factor up where there is none, asks for it where it was not shown yet, else offers to change it."""

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

    def process_code(self, code, wish):
        """Do what a right code is given for; a wrong one is refused."""
        request = self.request
        if self.is_setting_up():
            if not request.session.get(PENDING_TOTP_KEY):
                raise ValidationError("The set-up began anew, since it was left: scan the picture again.")
            self.mark_verified(second_factor.enroll_totp_device(request.user, request.session[PENDING_TOTP_KEY], code))
            return self.codes("Two-factor sign-in is set up")
        device = second_factor.verify_code(request.user, code)
        if not is_verified(request.user):
            self.mark_verified(device)
            return HttpResponseRedirect(self.way_on())
        if wish == "codes":
            log_account_event(AccountEventType.CODES, request.user.get_username())
            return self.codes("New recovery codes")
        if wish == "app":
            request.session[PENDING_TOTP_KEY] = second_factor.generate_totp_key()
        elif wish == "remove" and not needs_second_factor(request.user):
            second_factor.remove_two_factor(request.user)
            return HttpResponseRedirect(reverse("admin:two_factor"))
        return self.render_page(CodeForm())

    def is_setting_up(self):
        """Whether an app is to be set up: there is none yet, or whoever showed a code asked for another."""
        user = self.request.user
        return not second_factor.get_totp_device(user) or (
            is_verified(user) and PENDING_TOTP_KEY in self.request.session
        )

    def mark_verified(self, device):
        """From here on the session counts as that of somebody who holds the device."""
        self.request.session.pop(PENDING_TOTP_KEY, None)
        self.request.session.cycle_key()
        login(self.request, device)

    def codes(self, title):
        """New recovery codes, shown this once."""
        codes = second_factor.generate_recovery_codes(self.request.user)
        return self.render_template("codes", title, codes=codes, way_on=self.way_on())

    def render_page(self, form):
        """What somebody sees who comes here: setting up, asking, or looking after."""
        user, session = self.request.user, self.request.session
        if self.is_setting_up():
            key = session.setdefault(PENDING_TOTP_KEY, second_factor.generate_totp_key())
            return self.render_template(
                "set_up",
                "Set up two-factor sign-in",
                form=form,
                secret=second_factor.format_totp_key(key),
                picture=mark_safe(second_factor.render_qr_code(user, key)),  # noqa: S308  Drawn here, of squares alone.
                replaces=bool(second_factor.get_totp_device(user)),
            )
        left = second_factor.count_recovery_codes(user)
        if not is_verified(user):
            return self.render_template("ask", "Your second factor", form=form, left=left)
        return self.render_template(
            "manage", "Two-factor sign-in", form=form, left=left, app=second_factor.get_totp_device(user)
        )

    def render_template(self, template, title, **context):
        is_in = not second_factor.needs_verification(self.request.user)
        common = {
            **self.admin_site.each_context(self.request),
            "title": title,
            "needed": needs_second_factor(self.request.user),
            "is_in": is_in,
            "is_nav_sidebar_enabled": is_in and template == "manage",
        }
        return render(self.request, f"admin/two_factor/{template}.html", common | context)

    def way_on(self):
        """Where somebody was going before a code was asked for, if that is a page of this site; else the first page."""
        way = self.request.GET.get("next", "")
        ours = url_has_allowed_host_and_scheme(way, {self.request.get_host()}, require_https=self.request.is_secure())
        return way if ours else reverse("admin:index")
