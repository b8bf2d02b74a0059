"""Forms for signing in, for new accounts and for a new password."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from wtforms import Form, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from coder_app.services.auth import SHORTEST_PASSWORD

LONGEST_PASSWORD = 200


def _no_longer_than(most: int) -> Length:
    return Length(max=most, message=_("This is longer than %(most)s characters.", most=most))


def _new_password(label: LazyString) -> PasswordField:
    return PasswordField(
        label,
        [
            InputRequired(_("Choose a password.")),
            Length(
                min=SHORTEST_PASSWORD,
                max=LONGEST_PASSWORD,
                message=_(
                    "A password has %(least)s to %(most)s characters.",
                    least=SHORTEST_PASSWORD,
                    most=LONGEST_PASSWORD,
                ),
            ),
        ],
        description=_(
            "At least %(least)s characters; a few words in a row work well.", least=SHORTEST_PASSWORD
        ),
    )


def _once_more(label: LazyString) -> PasswordField:
    return PasswordField(
        label,
        [
            InputRequired(_("Enter the password once more.")),
            EqualTo("password", message=_("The two passwords differ.")),
        ],
    )


class SignInForm(Form):
    """User name and password."""

    user_name = StringField(_("User name"), [InputRequired(_("Enter your user name.")), _no_longer_than(80)])
    password = PasswordField(
        _("Password"), [InputRequired(_("Enter your password.")), _no_longer_than(LONGEST_PASSWORD)]
    )


class AccountForm(Form):
    """A new account."""

    name = StringField(_("Your name"), [InputRequired(_("Enter your name.")), _no_longer_than(120)])
    user_name = StringField(_("User name"), [InputRequired(_("Choose a user name.")), _no_longer_than(80)])
    password = _new_password(_("Password"))
    again = _once_more(_("Password, once more"))


class SetupForm(AccountForm):
    """The first account of an installation; the code was printed where the server was started."""

    code = StringField(
        _("Set-up code"),
        [InputRequired(_("Enter the code that the server printed."))],
        description=_("The server printed it when it started."),
    )


class PasswordForm(Form):
    """A new password in place of the present one."""

    current = PasswordField(
        _("Present password"),
        [InputRequired(_("Enter your present password.")), _no_longer_than(LONGEST_PASSWORD)],
    )
    password = _new_password(_("New password"))
    again = _once_more(_("New password, once more"))
