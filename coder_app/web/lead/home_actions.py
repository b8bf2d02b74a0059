"""What needs action in a study, in words: the next step, and what a lead should look at."""

from dataclasses import dataclass
from datetime import datetime

from coder_app.services.concern import Counts
from coder_app.services.drift import LastAlarms
from coder_app.services.home import GuessStep, Overview, Step
from coder_app.services.people import OpenInvitation
from coder_app.services.progress import CoderProgress
from coder_app.services.sample_news import SampleNews
from coder_app.web.lead.sample_words import news_words
from coder_app.web.numbers import count
from coder_app.web.words import day, in_words


@dataclass(frozen=True)
class Action:
    """Something to do, with the page where it is done; the next step comes first and alone is `main`."""

    icon: str
    tone: str
    title: str
    note: str
    button: str
    endpoint: str
    main: bool = False


# step: (title, note, button, endpoint)
_STEPS = {
    Step.IMPORT_PARTICIPANTS: (
        "Import participants",
        "A table of the dyads, as CSV, Excel or SPSS; everything else hangs on them.",
        "To the import",
        "alliance.scores",
    ),
    Step.IMPORT_SCORES: (
        "Import alliance scores",
        "One or more tables, as CSV, Excel or SPSS, long or wide.",
        "To the import",
        "alliance.scores",
    ),
    Step.IMPORT_RECORDINGS: (
        "Import recordings",
        "A folder with its manifest. Names, tags and dates are left behind.",
        "To the import",
        "recordings.recordings",
    ),
    Step.FREEZE_SAMPLE: (
        "Find ruptures and freeze the sample",
        "The frozen sequences are the ones that are coded.",
        "See the ruptures",
        "ruptures.ruptures",
    ),
    Step.INVITE_CODERS: ("Invite coders", "", "To the people", "people.people"),
    Step.ALLOT: (
        "Allot the recordings",
        "Every assignment gets a mask of its own. This opens the coding and fixes sample and teams.",
        "To the allotment",
        "rounds.rounds",
    ),
    Step.LOCK: (
        "Lock the coding",
        "Every form is submitted. Once locked, no rating changes.",
        "To the lock",
        "unmask.unmask",
    ),
    Step.RECORD_PLAN: (
        "Record the analysis plan",
        "The key opens only after the tests are written down.",
        "To the plan",
        "unmask.unmask",
    ),
    Step.UNMASK: (
        "Unmask",
        "Coding is locked and the plan is recorded. Opening the key cannot be taken back.",
        "To the key",
        "unmask.unmask",
    ),
    Step.LINK: (
        "See codes linked to ruptures",
        "The key is open; the recorded plan says what is tested.",
        "See the linkage",
        "linkage.linkage",
    ),
}


def actions(overview: Overview) -> list[Action]:
    """Return what a lead should look at: the next step, then concerns, requests, invitations and coders."""
    rows = [_next_action(overview)] if overview.next_step in _STEPS else []
    rows += _concerns(overview.concerns) if overview.concerns and overview.concerns.open else []
    rows += _guesses(overview.guesses)
    rows += [_reopenings(overview.n_reopenings)] if overview.n_reopenings else []
    rows += [_sample(overview.sample)] if overview.sample else []
    rows += [_drift(overview.drift)] if overview.drift else []
    rows += [_expiring(invitation) for invitation in overview.expiring]
    rows += [_not_begun(row, overview.standing.allotted_at) for row in overview.not_begun]
    return rows + [_idle(row) for row in overview.idle]


def at_rest(overview: Overview) -> str:
    """Return what to say when nothing needs action."""
    if overview.next_step is Step.NONE:
        return "Codes are linked to ruptures. What the paper needs can be exported."
    return "The coders are at work. The coding can be locked once every form is submitted."


def _next_action(overview: Overview) -> Action:
    title, note, button, endpoint = _STEPS[overview.next_step]
    if overview.next_step is Step.INVITE_CODERS:
        without = [instrument for instrument, size in overview.standing.teams if not size]
        title = f"Invite coders for {in_words(without)}" if without else title
        waiting = len(overview.invitations)
        note = f"{count(waiting, 'invitation')} not accepted yet." if waiting else "Each gets a link, once."
    elif overview.next_step is Step.ALLOT and overview.invitations:
        note += (
            f" {count(len(overview.invitations), 'invitation')} not accepted yet: coders cannot join later."
        )
    return Action("arrow", "accent", title, note, button, endpoint, main=True)


def _concerns(concerns: Counts) -> list[Action]:
    title = f"{count(concerns.open, 'concern')} about a child’s safety"
    if concerns.has_contact:
        note = "Open, with the safeguarding contact, who alone reads what coders report."
        return [Action("flag", "warn", title, note, "See", "emergency.emergency")]
    note = "Nobody reads it: the study has no safeguarding contact. Invite one now."
    urgent = "Somebody must know now whose recording it is?"
    opening = "One recording can be opened in an emergency; the rest of the key stays sealed."
    return [
        Action("triangle", "bad", title, note, "To the people", "people.people"),
        Action("key", "bad", urgent, opening, "See", "emergency.emergency"),
    ]


def _guesses(step: GuessStep | None) -> list[Action]:
    if step is None or step.answered == step.total:
        return []
    title = "Ask the coders what recordings were"
    note = "Only between lock and key: earlier it would teach what to listen for. Not required."
    if step.total is not None:
        title = f"{step.answered} of {count(step.total, 'answer')} to the last question"
        note = "What is not answered before the key opens does not count."
    return [Action("flag", "accent", title, note, "To the question", "unmask.unmask")]


def _reopenings(number: int) -> Action:
    title = f"{count(number, 'request')} to reopen a submitted form"
    note = "The coder waits for your answer; coding cannot be locked before."
    return Action("flag", "warn", title, note, "Decide", "reopenings.reopenings")


def _sample(news: SampleNews) -> Action:
    title = "The scores have changed since the sample was frozen"
    return Action("triangle", "warn", title, news_words(news), "See the sample", "sample.sample")


def _drift(found: LastAlarms) -> Action:
    coder, subscale, direction = found.alarms[0]
    title = f"{coder} rates {subscale} {direction} than before"
    others = len(found.alarms) - 1
    more = f" {count(others, 'other alarm')}, which may follow from it." if others else ""
    note = f"Against the other coders, in charts computed {day(found.computed_at)}.{more}"
    return Action("triangle", "warn", title, note, "See drift", "drift.drift")


def _expiring(invitation: OpenInvitation) -> Action:
    title = f"The invitation of {invitation.name} runs out"
    note = f"It can be accepted until {day(invitation.expires_at)}."
    return Action("triangle", "warn", title, note, "To the people", "people.people")


def _not_begun(row: CoderProgress, allotted_at: datetime | None) -> Action:
    since = f" since {day(allotted_at)}" if allotted_at else ""
    note = f"{count(row.total, 'form')} on {row.instrument} waiting{since}."
    return Action("triangle", "warn", f"{row.name} has not begun", note, "See the round", "rounds.rounds")


def _idle(row: CoderProgress) -> Action:
    share = (
        f"{row.submitted} of {row.total}"
        if row.submitted is not None
        else f"about {10 * row.tenths}% of {row.total}"
    )
    note = f"{share} forms on {row.instrument}; last worked {day(row.last_worked)}."
    return Action("triangle", "warn", f"{row.name} has paused", note, "See the round", "rounds.rounds")
