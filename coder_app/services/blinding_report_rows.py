"""Checks of people, masks, sound and draws."""

from collections.abc import Callable

from coder_app.domain.permissions import Role
from coder_app.services.acts import OPEN_ONE
from coder_app.services.blinding_report_check import Check, Grounds, Outcome, hidden
from coder_app.services.blinding_report_facts import Redrawn
from coder_app.services.blinding_report_trail import ALLOT, JOIN, MUTE, RECORDINGS
from coder_app.services.blinding_report_words import count
from coder_app.services.hashing import hash_of
from coder_app.services.hearing import LISTEN

_NEVER_BESIDE_CODER = (Role.LEAD, Role.ANALYST, Role.CONTACT)
_SEEDS = {
    True: "The server drew the seed.",
    False: "The lead gave the seed.",
    None: "Whether the server drew the seed is not on record.",
}


def roles_apart(grounds: Grounds) -> Check:
    """Say whether anybody codes who has another role."""
    statement = "No coder was ever lead, analyst or safeguarding contact"
    coders = [member for member in grounds.members if member.has(Role.CODER)]
    both = [member for member in coders if any(member.has(role) for role in _NEVER_BESIDE_CODER)]
    numbers = grounds.trail.numbers(*grounds.trail.of(JOIN))
    if not coders:
        return Check(statement, Outcome.NOT_YET, "Nobody codes yet.")
    if not both:
        said = (
            f"{count(len(coders), 'coder has', 'coders have')} this role alone; no role is ever taken back."
        )
        return Check(statement, Outcome.HELD, said, numbers)
    told = "; ".join(
        f"{member.alias} is {' and '.join(str(role) for role, _ in member.roles)}" for member in both
    )
    return Check(statement, Outcome.FAILED, f"{told}. Section 3 says what such a lead could see.", numbers)


def nobody_told_codes(grounds: Grounds) -> Check:
    """Say whether anybody worked on own forms after coming to know recordings by their codes or the key."""
    statement = "Nobody coded who had opened the key or heard recordings under their codes"
    trail = grounds.trail
    if not trail.shows:
        return hidden(statement)
    wrong = [member for member in grounds.members if member.coded_after is not None]
    if wrong:
        said = ", ".join(member.alias for member in wrong)
        numbers = tuple(sorted(member.coded_after for member in wrong if member.coded_after))
        return Check(statement, Outcome.FAILED, f"{said} worked on own forms afterwards.", numbers)
    told = [member for member in grounds.members if member.heard or member.opened]
    if not told:
        said = "The trail has nobody who heard a recording under its code or opened one in an emergency."
        return Check(statement, Outcome.HELD, said)
    heard = count(sum(member.heard for member in told), "time")
    opened = count(sum(member.opened for member in told), "time")
    said = (
        f"{count(len(told), 'person has', 'people have')} heard recordings under their codes ({heard} on "
        f"record) or opened one in an emergency ({opened}), and none of them rated or submitted anything "
        "afterwards."
    )
    return Check(statement, Outcome.HELD, said, trail.numbers(trail.span(LISTEN, OPEN_ONE)))


def masks_differ(grounds: Grounds) -> Check:
    """Say whether each form has its own mask, which is no code of a recording."""
    counts, statement = grounds.counts, "Every form has a mask of its own"
    if not counts.forms:
        return Check(statement, Outcome.NOT_YET, "Nothing is allotted.")
    held = counts.masks == counts.forms and not counts.masks_like_codes
    said = (
        f"{counts.forms:,} forms, {counts.masks:,} different masks, {counts.masks_like_codes} of them also "
        "the code of a recording."
    )
    return Check(statement, Outcome.HELD if held else Outcome.FAILED, said)


def masks_own(grounds: Grounds) -> Check:
    """Say whether two people share a mask."""
    counts, statement = grounds.counts, "No two coders ever had the same mask"
    if not counts.forms:
        return Check(statement, Outcome.NOT_YET, "Nothing is allotted.")
    held = not counts.shared_masks
    return Check(
        statement,
        Outcome.HELD if held else Outcome.FAILED,
        f"{counts.shared_masks or 'None'} of {count(counts.masks, 'mask')} belong to more than one person.",
    )


def encoded_alike(grounds: Grounds) -> Check:
    """Say whether all recordings were encoded, and with the same settings."""
    statement = "Every recording was decoded and encoded anew, all with the same settings"
    trail, counts = grounds.trail, grounds.counts
    if not counts.recordings:
        return Check(statement, Outcome.NOT_YET, "No recording is imported.")
    if not trail.shows:
        return hidden(statement)
    steps = (*trail.of(RECORDINGS), *trail.of(MUTE))
    numbers = trail.numbers(*trail.of(RECORDINGS))
    imported = sum(step.said("imported") or 0 for step in trail.of(RECORDINGS))
    if imported != counts.recordings and trail.has_all(RECORDINGS):
        said = f"The trail has {imported:,} imported recordings, the study has {counts.recordings:,}."
        return Check(statement, Outcome.FAILED, said, numbers)
    settings = {hash_of(step.said("sound")) for step in steps if step.said("sound")}
    unsaid = sum(step.said("sound") is None for step in steps)
    if unsaid or not trail.has_all(RECORDINGS) or not trail.has_all(MUTE):
        said = (
            f"All {counts.recordings:,} recordings came through the import, which encodes; with which "
            "settings was not kept by the version that imported them."
        )
        return Check(statement, Outcome.UNKNOWN, said, numbers)
    first = next(step.said("sound") for step in steps)
    told = ", ".join(f"{name} {value}" for name, value in sorted(first.items()))
    if len(settings) > 1:
        said = f"{len(settings)} different settings were used."
        return Check(statement, Outcome.FAILED, said, numbers)
    said = (
        f"{counts.recordings:,} recordings, {counts.different_files:,} different files: {told}. SHA-256 of "
        f"these settings: {settings.pop()}."
    )
    return Check(statement, Outcome.HELD, said, numbers)


def drawn_by_seed(grounds: Grounds) -> Check:
    """Say whether the stored seed draws the subset that is stored."""
    statement = "The recordings that every coder codes were drawn by the server, from the stored seed"
    return _drawn(grounds, statement, _say_subset, lambda redrawn: redrawn.same_subset)


def dealt_by_seed(grounds: Grounds) -> Check:
    """Say whether the stored seed deals the forms that are stored."""
    statement = "Who codes what, and whose score counts, was drawn by the server, from the stored seed"
    return _drawn(grounds, statement, _say_forms, lambda redrawn: redrawn.same_forms)


def _say_subset(redrawn: Redrawn) -> str:
    return (
        f"{redrawn.n_subset:,} of {redrawn.n_recordings:,} recordings (share {redrawn.share:g}, seed "
        f"{redrawn.seed}), drawn again just now from the recordings in the order of their random names in "
        "the store, which no page shows"
    )


def _say_forms(redrawn: Redrawn) -> str:
    return f"{redrawn.n_forms:,} forms, dealt again just now from seed {redrawn.seed} in the same order"


def _drawn(
    grounds: Grounds, statement: str, say: Callable[[Redrawn], str], same: Callable[[Redrawn], bool]
) -> Check:
    trail, redrawn = grounds.trail, grounds.redrawn
    allotted = trail.last(ALLOT)
    if redrawn is None:
        if trail.shows:
            return Check(statement, Outcome.NOT_YET, "The sample is not allotted.")
        return hidden(statement)
    numbers = trail.numbers(allotted)
    whose = _SEEDS[allotted.said("seed_drawn") if allotted else None]
    if same(redrawn):
        return Check(statement, Outcome.HELD, f"{say(redrawn)}: the same. {whose}", numbers)
    return Check(statement, Outcome.FAILED, f"{say(redrawn)}: not the same. {whose}", numbers)
