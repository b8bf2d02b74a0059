"""Who codes what when people code on several scales.

Somebody on two teams hears every recording of the subset on both scales. Were the rest dealt to each team
apart, most of it would come to this person on one scale only, and would then be known not to be in the
subset. So whoever is on several teams gets the same part of the rest on each of their scales.
"""

import random
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from coder_app.domain.allocation import Allotment, allot

Recording = TypeVar("Recording", bound=Hashable)
Coder = TypeVar("Coder", bound=Hashable)


class TellingTeamsError(Exception):
    """No deal keeps the subset from people who are on several of these teams."""

    def __init__(self, teams: Sequence[str]) -> None:
        super().__init__(*teams)
        self.teams = tuple(teams)


def allot_teams(
    recordings: Sequence[Recording],
    subset: frozenset[Recording],
    teams: Mapping[str, Sequence[Coder]],
    seed: int,
) -> dict[str, list[Allotment[Recording, Coder]]]:
    """Give the subset to every coder of each team and share the rest, as evenly as the blind allows.

    Shares differ by one recording at most in teams that share nobody, and in teams of one size that do; in a
    smaller team the others take what is left over. Raises TellingTeamsError when there is no such deal.
    """
    made = {}
    for names in _groups(teams):
        if len(names) == 1:
            made[names[0]] = allot(recordings, subset, teams[names[0]], seed, names[0])
        else:
            made |= _allot_together(recordings, subset, {name: teams[name] for name in names}, seed)
    return made


def _groups(teams: Mapping[str, Sequence[Coder]]) -> list[list[str]]:
    """Return the teams by name, together those that share somebody, directly or through another team."""
    groups: list[list[str]] = []
    for name, coders in teams.items():
        # In a team of one nothing is coded twice, so it has no subset to be told.
        joined = [
            group
            for group in groups
            if len(coders) > 1
            and any(len(teams[other]) > 1 and not set(coders).isdisjoint(teams[other]) for other in group)
        ]
        groups = [group for group in groups if group not in joined]
        groups.append([*(other for group in joined for other in group), name])
    return groups


def _allot_together(
    recordings: Sequence[Recording],
    subset: frozenset[Recording],
    teams: Mapping[str, Sequence[Coder]],
    seed: int,
) -> dict[str, list[Allotment[Recording, Coder]]]:
    takers = _takers(teams, seed)
    common = [recording for recording in recordings if recording in subset]
    rest = [recording for recording in recordings if recording not in subset]
    n_parts = max(map(len, teams.values()))
    parts = allot(rest, frozenset(), range(n_parts), seed, " and ".join(sorted(teams)))
    return {
        name: allot(common, subset, coders, seed, name)
        + [replace(one, coder=takers[name][one.coder]) for one in parts]
        for name, coders in teams.items()
    }


def _takers(teams: Mapping[str, Sequence[Coder]], seed: int) -> dict[str, dict[int, Coder]]:
    """Return for each team who takes which part: people on several teams the same part in each."""
    n_parts = max(map(len, teams.values()))
    takers: dict[str, dict[int, Coder]] = {name: {} for name in teams}
    for coder in dict.fromkeys(coder for coders in teams.values() for coder in coders):
        own = [name for name, coders in teams.items() if coder in coders]
        if len(own) == 1:
            continue
        free = [part for part in range(n_parts) if all(part not in takers[name] for name in own)]
        if not free:
            raise TellingTeamsError(sorted(teams))
        for name in own:
            takers[name][free[0]] = coder
    for name, coders in teams.items():
        left = [part for part in range(n_parts) if part not in takers[name]]
        others = [coder for coder in coders if coder not in takers[name].values()]
        if left and not others:
            raise TellingTeamsError(sorted(teams))
        draw = random.Random(f"parts {seed} {name}")  # noqa: S311 - a draw that a stored seed must repeat
        others = draw.sample(others, len(others))
        takers[name] |= {part: others[turn % len(others)] for turn, part in enumerate(left)}
    return takers
