"""Forms for signing in, for new accounts and for a new password."""

from wtforms import Form, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from coder_app.services.auth import SHORTEST_PASSWORD

LONGEST_PASSWORD = 200


def _new_password(label: str) -> PasswordField:
    return PasswordField(
        label,
        [
            InputRequired("Choose a password."),
            Length(
                min=SHORTEST_PASSWORD,
                max=LONGEST_PASSWORD,
                message=f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            ),
        ],
        description=f"At least {SHORTEST_PASSWORD} characters; a few words in a row work well.",
    )


def _once_more(label: str) -> PasswordField:
    return PasswordField(
        label,
        [
            InputRequired("Enter the password once more."),
            EqualTo("password", message="The two passwords differ."),
        ],
    )


class SignInForm(Form):
    """User name and password."""

    user_name = StringField("User name", [InputRequired("Enter your user name."), Length(max=80)])
    password = PasswordField(
        "Password", [InputRequired("Enter your password."), Length(max=LONGEST_PASSWORD)]
    )


class AccountForm(Form):
    """A new account."""

    name = StringField("Your name", [InputRequired("Enter your name."), Length(max=120)])
    user_name = StringField("User name", [InputRequired("Choose a user name."), Length(max=80)])
    password = _new_password("Password")
    again = _once_more("Password, once more")


class SetupForm(AccountForm):
    """The first account of an installation; the code was printed where the server was started."""

    code = StringField(
        "Set-up code",
        [InputRequired("Enter the code that the server printed.")],
        description="The server printed it when it started.",
    )


class PasswordForm(Form):
    """A new password in place of the present one."""

    current = PasswordField(
        "Present password", [InputRequired("Enter your present password."), Length(max=LONGEST_PASSWORD)]
    )
    password = _new_password("New password")
    again = _once_more("New password, once more")
