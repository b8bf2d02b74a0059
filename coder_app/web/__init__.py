"""The pages: views parse, call a service and render."""

from importlib import import_module

# One module for each noun; each has one blueprint of the same name.
_MODULES = (
    "auth.views",
    "auth.demo",
    "auth.settings",
    "coding.views",
    "lead.studies",
    "lead.home",
    "lead.alliance",
    "lead.ruptures",
    "lead.sensitivity",
    "lead.rupture_tables",
    "lead.sample",
    "lead.course",
    "lead.recordings",
    "lead.mutes",
    "lead.jobs",
    "lead.rounds",
    "lead.reopenings",
    "lead.submissions",
    "lead.coding_settings",
    "lead.guidance",
    "lead.people",
    "lead.concerns",
    "lead.emergency",
    "lead.trail",
    "lead.blinding_report",
    "lead.reliability",
    "lead.agreement",
    "lead.ratings",
    "lead.planning",
    "lead.alphas",
    "lead.kept",
    "lead.figures",
    "lead.drift",
    "lead.repeats",
    "lead.unmask",
    "lead.linkage",
    "lead.blinding",
    "lead.export",
    "lead.report",
    "lead.package",
)

BLUEPRINTS = tuple(import_module(f"coder_app.web.{module}").blueprint for module in _MODULES)
