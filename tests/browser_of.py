"""A browser without a screen: Flask's client that signs in by token and carries the CSRF token."""

import re

from flask import Flask
from werkzeug.test import TestResponse

from coder_app.web.access import LOGIN_COOKIE


class Browser:
    """Opens pages and posts forms as one person."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.client = app.test_client()
        if token is not None:
            self.client.set_cookie(LOGIN_COOKIE, token)

    def get(self, path: str, **options) -> TestResponse:
        """Open a page without following redirections."""
        return self.client.get(path, **options)

    def post(self, path: str, data: dict | None = None, *, page: str = "/sign-in", **options) -> TestResponse:
        """Post a form with the CSRF token of `page`, which any page of the person has."""
        return self.client.post(path, data={"csrf_token": self.csrf_token(page), **(data or {})}, **options)

    def post_json(self, path: str, data: dict, *, page: str = "/sign-in") -> TestResponse:
        """Post JSON as a page's script does."""
        return self.client.post(path, json=data, headers={"X-CSRF-Token": self.csrf_token(page)})

    def csrf_token(self, page: str = "/sign-in") -> str:
        """Return the CSRF token of a page."""
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', self.get(page).get_data(as_text=True))
        assert found, f"{page} has no form with a CSRF token"
        return found.group(1)
