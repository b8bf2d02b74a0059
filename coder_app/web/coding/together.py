"""The forms that a coder fills in while listening once, where the lead allows it."""

from dataclasses import dataclass

from flask import url_for

from coder_app.services.assignment import CodingForm


@dataclass(frozen=True)
class FormTab:
    """One of the forms: its scale, its mask, and how far it is."""

    instrument: str
    mask: str
    answered: int
    total: int
    submitted: bool
    url: str
    current: bool


def form_tabs(form: CodingForm) -> tuple[FormTab, ...]:
    """Return this form and the others of the same listening by scale; nothing for a form on its own."""
    if not form.others:
        return ()
    tabs = [
        FormTab(
            instrument=form.instrument.name,
            mask=form.mask,
            answered=form.answered,
            total=form.n_items,
            submitted=form.state == "submitted",
            url=url_for("coding.rate", assignment=form.public_id),
            current=True,
        )
    ]
    for other in form.others:
        tabs.append(
            FormTab(
                instrument=other.instrument,
                mask=other.mask,
                answered=other.answered,
                total=other.n_items,
                submitted=other.state == "submitted",
                url=url_for("coding.rate", assignment=other.public_id),
                current=False,
            )
        )
    return tuple(sorted(tabs, key=lambda tab: (tab.instrument, tab.mask)))
