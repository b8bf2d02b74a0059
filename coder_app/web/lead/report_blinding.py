"""Who saw what before coding: people, checks of the blind, what broke it, and what coders guessed."""

from collections.abc import Iterable
from typing import Any

from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing, sees
from coder_app.services import blinding
from coder_app.services.blinding_report import Report
from coder_app.services.blinding_report_check import Outcome
from coder_app.services.blinding_report_checks import count_outcomes
from coder_app.web.lead.apa_tables import ApaTable, Group
from coder_app.web.lead.blinding_page import NAMES, QUESTIONS, bang_words, james_words
from coder_app.web.lead.report_parts import Block, Closed, Heading, Numbers, Open, Section, texts
from coder_app.web.lead.report_results import Results
from coder_app.web.numbers import coefficient, count, interval
from coder_app.web.words import in_words

TITLE = "Who Saw What Before Coding"
CLOSED = "This part is for those who may see the audit trail: the study’s leads."
BEFORE = (Phase.SETUP, Phase.CODING, Phase.LOCKED)


def write_blinding(report: Report | None, results: Results, numbers: Numbers) -> Section:
    """Return the section; who may not see the trail is told so."""
    if report is None:
        return Section("blinding", TITLE, (Closed(CLOSED),))
    table = numbers.table(_checks(report), has_texts=True)
    blocks: list[Block] = [
        *texts(_people(report), *_seen(report)),
        *texts(_outcomes(report, table.table.number)),
        table,
        Heading("Breaches of the blind"),
        *texts(*_broken(report)),
        Heading("What coders guessed"),
        *_guesses(report, results, numbers),
        Open(
            "What no program knows: who talked with whom about cases, whether coders knew voices, and what "
            "was done about each limit that the blinding report lists."
        ),
    ]
    return Section("blinding", TITLE, tuple(blocks))


def _people(report: Report) -> str:
    held = [count(n, str(role)) for role in Role if (n := sum(member.has(role) for member in report.members))]
    both = sum(member.has(Role.LEAD) and member.has(Role.CODER) for member in report.members)
    also = f"; {count(both, 'person')} {'is' if both == 1 else 'are'} lead and coder" if both else ""
    return f"The study has {in_words(held)}{also}."


def _seen(report: Report) -> Iterable[str]:
    """Say what each role could see until the key opened, from the table that every query asks."""
    coders = sum(member.has(Role.CODER) for member in report.members)
    if coders:
        seen = [str(thing) for thing in Thing if _sees(thing, Role.CODER)]
        told = in_words(seen) if seen else "none of what the program holds on cases or on other coders"
        yield (
            f"Until the key opened, coders could see {told}: they had recordings under masks of their own, "
            "and their own forms."
        )
    for role in (Role.LEAD, Role.ANALYST):
        if any(member.has(role) and not member.has(Role.CODER) for member in report.members):
            seen = [str(thing) for thing in Thing if _sees(thing, role)]
            yield f"{str(role).capitalize()}s who do not code could see: {'; '.join(seen)}."
    if any(member.has(Role.LEAD) and member.has(Role.CODER) for member in report.members):
        yield (
            "A lead who codes was kept from recording codes, ratings and lengths until all own forms were in."
        )
    closed = [
        str(thing) for thing in (Thing.KEY, Thing.LINKAGE) if not any(_sees(thing, role) for role in Role)
    ]
    if closed:
        yield f"Nobody could see {' or '.join(closed)}, except as said below."


def _sees(thing: Thing, role: Role) -> bool:
    return any(sees(thing, frozenset({role}), phase, coding=role is Role.CODER) for phase in BEFORE)


def _outcomes(report: Report, table: str) -> str:
    told = ", ".join(f"{n} {outcome}" for outcome, n in count_outcomes(report.checks))
    failed = sum(check.outcome is Outcome.FAILED for check in report.checks)
    none = "" if failed else "; none failed"
    return f"Of {count(len(report.checks), 'check')} computed from stored rows: {told}{none} ({table})."


def _checks(report: Report) -> ApaTable:
    rows = tuple(
        (check.statement, f"{str(check.outcome).capitalize()}. {check.evidence}") for check in report.checks
    )
    return ApaTable(
        "",
        "Checks of the Blind",
        ("Statement", "Found"),
        (Group("", rows),),
        "Computed from the study’s rows and its audit trail; the blinding report has each with its places in "
        "the trail.",
    )


def _broken(report: Report) -> Iterable[str]:
    counts = report.counts
    opened, recognised = counts.opened, counts.recognised
    yield (
        f"{count(opened, 'recording')} {'was' if opened == 1 else 'were'} opened in an emergency before the "
        "key opened."
        if opened
        else "No recording was opened in an emergency before the key opened."
    )
    yield (
        f"Of {count(counts.forms, 'form')}, coders marked {recognised} as of a recording they recognised."
        if recognised
        else f"On none of {count(counts.forms, 'form')} did a coder mark the recording as recognised."
    )
    hearers = [member for member in report.members if member.heard]
    if hearers:
        n = sum(member.has(Role.CODER) for member in hearers)
        people = count(len(hearers), "person", "people")
        yield f"{people} heard recordings under their codes; {n or 'none'} of them code."
    if counts.muted_stretches:
        yield (
            f"{count(counts.muted_stretches, 'stretch', 'stretches')} of "
            f"{count(counts.muted_recordings, 'recording')} were muted, lest what is said there tell."
        )


def _guesses(report: Report, results: Results, numbers: Numbers) -> Iterable[Block]:
    content = results.content(blinding.KIND)
    guesses = report.guesses
    if guesses.asked is None:
        if report.phase is Phase.UNMASKED:
            yield from texts("Coders were not asked to guess what recordings were before the key opened.")
        else:
            yield Closed("Coders can be asked to guess once coding is locked, and until the key opens.")
        return
    yield from texts(
        "After the lock and before the key opened, coders were asked to guess position and rupture type of "
        f"{count(guesses.drawn, 'recording')}; {guesses.answered} were answered."
    )
    if content is None:
        yield Closed(results.missing.get(blinding.KIND, ""))
        return
    table = numbers.table(_indices(content))
    yield from texts(
        *(_james(question) for question in content["questions"]),
        f"Bang’s index of each answer is in {table.table.number}. That random guessing cannot be ruled out "
        "does not show that coders were blind.",
    )
    yield table


def _james(question: dict[str, Any]) -> str:
    james, name = question["james"], QUESTIONS[question["question"]]
    if james["estimate"] is None:
        return f"{name}: no index ({james['reason']})."
    limits = f", 95% CI {interval(james['lower'], james['upper'])}" if james["lower"] is not None else ""
    return (
        f"{name}: James’ index (James et al., 1996) = {coefficient(james['estimate'])}{limits} "
        f"({question['n']} answers, {question['n_guessed']} of them guesses): {james_words(question)}."
    )


def _indices(content: dict[str, Any]) -> ApaTable:
    return ApaTable(
        "",
        "Bang’s Blinding Index by What Was True",
        ("True", "n", "Guessed", "Right", "Index", "95% CI", "In words"),
        tuple(
            Group(
                QUESTIONS[question["question"]],
                tuple(
                    (
                        *(NAMES[arm["name"]], str(arm["n"]), str(arm["n_guessed"]), str(arm["n_right"])),
                        coefficient(arm["bang"]["estimate"]),
                        interval(arm["bang"]["lower"], arm["bang"]["upper"]),
                        bang_words(arm),
                    )
                    for arm in question["arms"]
                ),
            )
            for question in content["questions"]
        ),
        "0 = as many right as by chance, 1 = all right, −1 = all wrong (Bang et al., 2004).",
    )
