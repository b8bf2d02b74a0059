"""Signing in and out, the first account, and invitations."""

import hashlib
import hmac

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Role
from coder_app.services import auth, people
from coder_app.services.errors import Refused
from coder_app.web.access import LOGIN_COOKIE, database, public, signed_in, tools
from coder_app.web.auth.forms import AccountForm, SetupForm, SignInForm
from coder_app.web.csrf import set_private_cookie

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
        keys = ("user " + auth.plain_user_name(form.user_name.data), f"address {request.remote_addr}")
        with database().read() as db:
            auth.check_brake(db, tools(), keys)
            credentials = auth.find_credentials(db, form.user_name.data)
        if auth.verify_password(credentials, form.password.data):
            return _signed_in_as(credentials.user_id)
        with database().write() as db:
            auth.record_failure(db, tools(), keys)
        form.form_errors.append("User name and password do not belong together.")
    return render_template("auth/sign_in.html", form=form, **_demo_context()), 422 if form.errors else 200


@blueprint.post("/sign-out")
@signed_in
def sign_out():
    """Sign out; the token in the cookie is worth nothing afterwards."""
    with database().write() as db:
        auth.close_login(db, request.cookies[LOGIN_COOKIE])
    response = redirect(url_for("auth.sign_in"), 303)
    response.delete_cookie(LOGIN_COOKIE, path="/")
    return response


@blueprint.route("/setup", methods=["GET", "POST"])
@public
def setup():
    """Create the first account of an installation, once, with the code that the server printed."""
    with database().read() as db:
        if people.has_users(db):
            abort(404)
    form = SetupForm(request.form)
    if request.method == "POST" and form.validate():
        if hmac.compare_digest(form.code.data.strip().encode(), setup_code().encode()):
            return _new_account(form, can_create_studies=True)
        form.code.errors = ["This is not the code that the server printed."]
    return render_template("auth/setup.html", form=form), 422 if form.errors else 200


@blueprint.route("/invitations/<token>", methods=["GET", "POST"])
@public
def invitation(token: str):
    """Accept an invitation: with a new account, or with the account that is signed in."""
    with database().read() as db:
        welcome = people.get_welcome(db, tools(), token)
    form = AccountForm(request.form, name=welcome.name)
    if request.method == "POST" and g.viewer is not None:
        with database().write() as db:
            people.accept_invitation(db, tools(), token, g.viewer)
        return redirect(url_for("studies.studies"), 303)
    if request.method == "POST" and form.validate():
        try:
            return _new_account(form, can_create_studies=False, invitation=token)
        except Refused as refusal:
            form.user_name.errors = [str(refusal)]
    page = render_template("auth/invitation.html", form=form, welcome=welcome, joining=g.viewer)
    return page, 422 if form.errors else 200


@blueprint.post("/demo/<role>")
@public
def enter_demo(role: str):
    """Open the demo study as its lead or as one of its coders, without a password; in the demo only."""
    if not current_app.config["SETTINGS"].demo or role not in (Role.LEAD, Role.CODER):
        abort(404)
    with database().read() as db:
        user_id = people.find_demo_user(db, Role(role))
    return _signed_in_as(user_id)


def setup_code() -> str:
    """Return the code that proves that whoever sets up the installation can read the server's output."""
    secret = current_app.config["SETTINGS"].secret_key
    return hmac.new(secret, b"setup code", hashlib.sha256).hexdigest()[:12]


def _new_account(form: AccountForm, *, can_create_studies: bool, invitation: str | None = None) -> Response:
    password_hash = auth.hash_password(form.password.data)
    with database().write() as db:
        if invitation is None and people.has_users(db):
            abort(404)
        viewer = people.create_user(
            db,
            tools(),
            form.user_name.data,
            form.name.data,
            password_hash,
            can_create_studies=can_create_studies,
        )
        if invitation is not None:
            people.accept_invitation(db, tools(), invitation, viewer)
    return _signed_in_as(viewer.user_id)


def _signed_in_as(user_id: int) -> Response:
    with database().write() as db:
        if old := request.cookies.get(LOGIN_COOKIE):
            auth.close_login(db, old)
        token = auth.open_login(db, tools(), user_id)
    response = make_response(redirect(url_for("auth.start"), 303))
    set_private_cookie(response, LOGIN_COOKIE, token, max_age=int(auth.LOGIN_LASTS.total_seconds()))
    return response


def _demo_context() -> dict[str, object]:
    return {"demo": current_app.config["SETTINGS"].demo}
