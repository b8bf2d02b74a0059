"""The pages of the tab of control charts are one blueprint: the charts, and settings under a name."""

from flask import Blueprint

blueprint = Blueprint("ruptures", __name__)
