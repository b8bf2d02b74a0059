"""Forms for signing in and for new accounts."""

from wtforms import Form, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from coder_app.services.auth import SHORTEST_PASSWORD


class SignInForm(Form):
    """User name and password."""

    user_name = StringField("User name", [InputRequired("Enter your user name."), Length(max=80)])
    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=200)])


class AccountForm(Form):
    """A new account."""

    name = StringField("Your name", [InputRequired("Enter your name."), Length(max=120)])
    user_name = StringField("User name", [InputRequired("Choose a user name."), Length(max=80)])
    password = PasswordField(
        "Password",
        [
            InputRequired("Choose a password."),
            Length(
                min=SHORTEST_PASSWORD,
                max=200,
                message=f"A password needs at least {SHORTEST_PASSWORD} characters.",
            ),
        ],
        description=f"At least {SHORTEST_PASSWORD} characters; a few words in a row work well.",
    )
    again = PasswordField("Password, once more", [EqualTo("password", message="The two passwords differ.")])


class SetupForm(AccountForm):
    """The first account of an installation; the code was printed where the server was started."""

    code = StringField(
        "Set-up code",
        [InputRequired("Enter the code that the server printed.")],
        description="The server printed it when it started.",
    )
