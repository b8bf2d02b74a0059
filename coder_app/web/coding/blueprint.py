"""The blueprint that all views of the coder's room are routes of."""

from flask import Blueprint

blueprint = Blueprint("coding", __name__)
