"""Signing in and out, the first account, invitations, and one's own password."""

import hashlib
import hmac

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from coder_app.services import auth, brake, people
from coder_app.services.errors import NotFound, Refused
from coder_app.web.access import LOGIN_COOKIE, database, public, signed_in, tools, viewer
from coder_app.web.auth.demo import demo_context
from coder_app.web.auth.forms import AccountForm, PasswordForm, SetupForm, SignInForm
from coder_app.web.auth.login import lead_on, let_in
from coder_app.web.language import translated
from coder_app.web.words import in_words, role_word

blueprint = Blueprint("auth", __name__)


@blueprint.get("/")
@public
def start():
    """Lead to the page where this person goes on."""
    if g.viewer is not None:
        return redirect(url_for("studies.studies"), 303)
    with database().read() as db:
        if not people.has_users(db):
            return redirect(url_for("auth.setup"), 303)
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in():
    """Sign in by user name and password."""
    form = SignInForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            user_id = _check_password(form.user_name.data, form.password.data)
        except Refused as refusal:
            form.form_errors.append(translated(refusal))
            return _sign_in_page(form), 429
        if user_id is not None:
            return let_in(user_id, url_for("auth.start"))
        form.form_errors.append(_("User name and password do not belong together."))
    return _sign_in_page(form), 422 if form.errors else 200


@blueprint.post("/sign-out")
@signed_in
def sign_out():
    """Sign out; the token in the cookie is worth nothing afterwards."""
    with database().write() as db:
        auth.close_login(db, request.cookies[LOGIN_COOKIE])
    response = redirect(url_for("auth.sign_in"), 303)
    response.delete_cookie(LOGIN_COOKIE, path="/")
    return response


@blueprint.route("/password", methods=["GET", "POST"])
@signed_in
def change_password():
    """Change one's own password; every other sign-in of this person ends."""
    form = PasswordForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            user_id = _check_password(viewer().user_name, form.current.data)
        except Refused as refusal:
            form.form_errors.append(translated(refusal))
            return render_template("auth/password.html", form=form), 429
        if user_id == viewer().user_id:
            password_hash = auth.hash_password(form.password.data)
            with database().write() as db:
                token = auth.change_password(db, tools(), viewer(), password_hash)
            return lead_on(token, url_for("auth.change_password", changed=1))
        form.current.errors = [_("This is not your present password.")]
    page = render_template("auth/password.html", form=form, changed="changed" in request.args)
    return page, 422 if form.errors else 200


@blueprint.route("/setup", methods=["GET", "POST"])
@public
def setup():
    """Create the first account of an installation, once, with the code that the server printed."""
    with database().read() as db:
        if people.has_users(db):
            abort(404)
    form = SetupForm(request.form)
    if request.method == "POST" and form.validate():
        if not hmac.compare_digest(form.code.data.strip().encode(), setup_code().encode()):
            form.code.errors = [_("This is not the code that the server printed.")]
        elif response := _new_account(form):
            return response
    return render_template("auth/setup.html", form=form), 422 if form.errors else 200


@blueprint.route("/invitations/<token>", methods=["GET", "POST"])
@public
def invitation(token: str):
    """Accept an invitation: with a new account, or with the account that is signed in."""
    try:
        with database().read() as db:
            welcome = people.get_welcome(db, tools(), token)
    except NotFound:
        return render_template("auth/invitation_closed.html"), 404
    form = AccountForm(request.form, name=welcome.name)
    if request.method == "POST" and g.viewer is not None:
        with database().write() as db:
            people.accept_invitation(db, tools(), token, g.viewer)
        return redirect(url_for("studies.studies"), 303)
    if request.method == "POST" and form.validate() and (response := _new_account(form, token)):
        return response
    roles = in_words(role_word(role) for role in welcome.roles)
    page = render_template("auth/invitation.html", form=form, welcome=welcome, roles=roles)
    return page, 422 if form.errors else 200


def setup_code() -> str:
    """Return the code that proves that whoever sets up the installation can read the server's output."""
    secret = current_app.config["SETTINGS"].secret_key
    return hmac.new(secret, b"setup code", hashlib.sha256).hexdigest()[:12]


def _sign_in_page(form: SignInForm) -> str:
    return render_template("auth/sign_in.html", form=form, **demo_context())


def _check_password(user_name: str, password: str) -> int | None:
    """Return whose password it is, or None; raise Refused after too many attempts."""
    with database().write() as db:
        attempt = brake.try_sign_in(db, tools(), user_name, str(request.remote_addr))
        credentials = auth.find_credentials(db, user_name)
    if not auth.verify_password(credentials, password):
        if attempt.held:
            raise Refused(attempt.held)
        return None
    with database().write() as db:
        brake.forgive(db, tools(), attempt)
    return credentials.user_id


def _new_account(form: AccountForm, invitation: str | None = None) -> Response | None:
    """Make the account and let its owner in; what is refused is said in the form instead."""
    password_hash = auth.hash_password(form.password.data)
    first = invitation is None
    try:
        with database().write() as db:
            if first and people.has_users(db):
                abort(404)
            names = form.user_name.data, form.name.data
            made = people.create_user(db, tools(), *names, password_hash, can_create_studies=first)
            if not first:
                people.accept_invitation(db, tools(), invitation, made)
            brake.remember(db, tools(), made.user_name, str(request.remote_addr))
    except Refused as refusal:
        form.form_errors.append(translated(refusal))
        return None
    return let_in(made.user_id, url_for("auth.start"))
