"""Participants and flow: the diagram that JARS asks for, as boxes to draw, as a table, and in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from coder_app.services.report_flow import Flow, Loss, Step, Stream
from coder_app.web.lead.apa_tables import ApaTable, Group
from coder_app.web.lead.occurrence_apa import name_of
from coder_app.web.lead.report_parts import Block, Closed, Numbers, Open, Section, texts
from coder_app.web.numbers import NONE, count
from coder_app.web.words import in_words

WIDTH, BOX, GAP, SIDE = 480.0, 230.0, 26.0, 222.0
LINE, PAD, CHARACTERS, SIDE_CHARACTERS = 16.0, 9.0, 32, 33


@dataclass(frozen=True)
class Box:
    """One box of the diagram with its lines; the first line is a heading where it is bold."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    is_loss: bool


@dataclass(frozen=True)
class Diagram:
    """The boxes of one stream and the arrows between them."""

    title: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[str, ...]
    heads: tuple[str, ...]
    label: str


def write_flow(flow: Flow, numbers: Numbers) -> Section:
    """Return the section on participants and flow."""
    blocks: list[Block] = [
        *texts(
            f"The study has {count(flow.n_dyads, 'dyad')}. The flow from dyads to analysed sequences is "
            "reported as the Journal Article Reporting Standards ask (Appelbaum et al., 2018).",
            _alone(flow),
        )
    ]
    if flow.streams:
        table = numbers.table(_table(flow), has_texts=True)
        figure = numbers.figure(
            f"Flow of dyads to analysed sequences, by informant. Left: what stayed. Right: what was left out "
            f"at each step, and why; {table.table.number} has the same numbers.",
            "flow",
            [_draw(stream, flow.n_dyads) for stream in flow.streams],
        )
        blocks += [*texts(*(_said(one, flow.n_dyads) for one in flow.streams)), *texts(_coded(flow))]
        blocks += [figure, table]
        if flow.scores_changed:
            blocks += texts(
                "Alliance scores have changed since the sample was frozen: series are those of the scores of "
                "today, ruptures and what follows are as they were frozen."
            )
    else:
        blocks.append(Closed("No alliance scores are imported yet; the flow begins with them."))
    blocks.append(
        Open(
            "Who took part: how dyads were recruited and when, who declined and why, ages, genders and "
            "diagnoses, setting and treatment, ethics approval and consent. The program knows codes and the "
            "covariates that were imported."
        )
    )
    return Section("flow", "Participants and Flow", tuple(blocks))


def _alone(flow: Flow) -> str | None:
    if not flow.n_alone:
        return None
    sessions = count(flow.n_alone, "treatment session")
    return f"{sessions} to which a parent came alone {'was' if flow.n_alone == 1 else 'were'} left out first."


def _said(stream: Stream, n_dyads: int) -> str:
    """One sentence on a stream, as long as its numbers are known."""
    named = {step.name: step for step in stream.steps}
    scored, analysed, with_one = stream.steps[:3]
    found = named["Ruptures found"]
    said = (
        f"{name_of(stream.informant, stream.measure)}: {scored.n} of {n_dyads} dyads had scores, "
        f"{analysed.n} series could be analysed, and {with_one.n} of them showed "
        f"{count(found.n or 0, 'rupture')}"
    )
    taken = named["In the sample"]
    if taken.n is not None:
        said += f", of which {taken.n} entered the sample"
    return said + "."


def _coded(flow: Flow) -> str | None:
    coded = flow.coded
    if coded is None:
        return None
    recordings = count(coded.n_recordings, "recording")
    if coded.n_submitted == coded.n_recordings:
        return f"All {recordings} that were allotted have been coded on every scale."
    return f"Of {recordings} that were allotted, {coded.n_submitted} have been coded on every scale so far."


def _steps(stream: Stream, n_dyads: int) -> Iterator[Step]:
    yield Step("Dyads in the study", n_dyads)
    yield from stream.steps


def _table(flow: Flow) -> ApaTable:
    groups = tuple(
        Group(
            name_of(stream.informant, stream.measure),
            (
                *(_row(step, step.name) for step in _steps(stream, flow.n_dyads)),
                *(_row(step, f"Linked in complete sequences: {step.name}") for step in stream.linked),
            ),
        )
        for stream in flow.streams
    )
    note = "n = dyads, then series (one a dyad), from “Ruptures found” on ruptures and their sequences."
    if any(stream.linked for stream in flow.streams):
        note += " A sequence is complete for a subscale where pre, central and post session have its score."
    return ApaTable(
        "", "Flow From Dyads to Analysed Sequences", ("Step", "n", "Left out", "Why"), groups, note
    )


def _row(step: Step, name: str) -> tuple[str, ...]:
    if step.n is None:
        return name, NONE, NONE, step.pending or NONE
    return name, f"{step.n:,}", f"{step.lost:,}" if step.losses else "0", _reasons(step.losses) or NONE


def _reasons(losses: tuple[Loss, ...]) -> str:
    return "; ".join(f"{loss.reason} ({loss.n})" for loss in losses)


def _draw(stream: Stream, n_dyads: int) -> Diagram:
    name = name_of(stream.informant, stream.measure)
    boxes: list[Box] = []
    arrows: list[str] = []
    heads: list[str] = []
    y, middle = 1.0, BOX / 2 + 1
    steps = [step for step in _steps(stream, n_dyads) if step.n is not None]
    for place, step in enumerate(steps):
        lost = [line for loss in step.losses for line in wrap(f"{loss.reason}: {loss.n}", SIDE_CHARACTERS)]
        if place:
            height = max(GAP, _height(lost) + 12) if lost else GAP
            arrows.append(f"M{middle} {y}v{height - 2}")
            heads.append(_down(middle, y + height))
            if lost:
                at = y + height / 2
                side = Box(WIDTH - SIDE - 1, at - _height(lost) / 2, SIDE, _height(lost), tuple(lost), True)
                boxes.append(side)
                arrows.append(f"M{middle} {at}H{side.x - 2}")
                heads.append(f"M{side.x} {at}l-7 -4v8z")
            y += height
        lines = (*wrap(step.name, CHARACTERS), f"n = {step.n:,}")
        boxes.append(Box(1, y, BOX, _height(lines), lines, False))
        y += _height(lines)
    if stream.linked:
        lines = ["Linked in complete sequences", *map(_linked_line, stream.linked)]
        told = tuple(line for one in lines for line in wrap(one, 64))
        arrows.append(f"M{middle} {y}v{GAP - 2}")
        heads.append(_down(middle, y + GAP))
        boxes.append(Box(1, y + GAP, WIDTH - 2, _height(told), told, False))
        y += GAP + _height(told)
    said = in_words(f"{step.name} {step.n}" for step in steps)
    return Diagram(name, WIDTH, y + 1, tuple(boxes), tuple(arrows), tuple(heads), f"{name}: {said}")


def _down(x: float, y: float) -> str:
    """The head of an arrow that ends at this place."""
    return f"M{x} {y}l-4 -7h8z"


def _linked_line(step: Step) -> str:
    lost = "".join(f"; left out {loss.n}: {loss.reason}" for loss in step.losses)
    return f"{step.name}: n = {step.n}{lost}"


def _height(lines: tuple[str, ...] | list[str]) -> float:
    return len(lines) * LINE + 2 * PAD - 4
