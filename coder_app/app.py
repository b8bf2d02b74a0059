"""create_app: the one place that knows every layer."""

from flask import Flask

from coder_app.audio.store import Store
from coder_app.config import PROJECT, Settings, load_settings
from coder_app.db import Database
from coder_app.services.actor import Tools
from coder_app.web import BLUEPRINTS
from coder_app.web.access import settle_identity
from coder_app.web.context import page_context, static_url
from coder_app.web.csrf import check_csrf, keep_visit
from coder_app.web.errors import add_error_pages
from coder_app.web.headers import add_headers
from coder_app.web.language import add_languages, translated
from coder_app.web.shortcuts import aria_keys, shortcut_parts
from coder_app.web.words import day, figure, moment

# A million scores as CSV are about 45 MB.
LARGEST_FORM = 64 * 1024 * 1024


def create_app(
    settings: Settings | None = None, *, database: Database | None = None, tools: Tools | None = None
) -> Flask:
    """Build the web application; tests hand in their own database, clock and randomness."""
    return install(build_app(), settings or load_settings(), database=database, tools=tools)


def build_app() -> Flask:
    """Build what is the same in every installation: routes, pages, hooks."""
    app = Flask(
        "coder_app",
        root_path=str(PROJECT),
        template_folder=str(PROJECT / "templates"),
        static_folder=str(PROJECT / "static"),
    )
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_FORM, SESSION_COOKIE_NAME="unused")
    app.jinja_env.globals["static_url"] = static_url
    app.jinja_env.globals.update(shortcut_parts=shortcut_parts, aria_keys=aria_keys)
    app.jinja_env.filters.update(day=day, moment=moment, figure=figure, translated=translated)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(settle_identity)
    app.before_request(check_csrf)
    app.after_request(keep_visit)
    app.after_request(add_headers)
    app.context_processor(page_context)
    add_languages(app)
    add_error_pages(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def install(
    app: Flask, settings: Settings, *, database: Database | None = None, tools: Tools | None = None
) -> Flask:
    """Give an application the installation that it serves."""
    app.config.update(SETTINGS=settings, TRUSTED_HOSTS=list(settings.trusted_hosts))
    app.extensions["coder_app.database"] = database or Database(settings.database_url)
    app.extensions["coder_app.tools"] = tools or Tools()
    app.extensions["coder_app.store"] = Store(settings.store_dir)
    return app
