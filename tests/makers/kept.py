"""Keeps what is costly to make in an empty SQLite database, and copies it into the next one."""

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from coder_app.services.actor import Tools
from tests.conftest import SteppingClock, World, new_tools


@dataclass(frozen=True)
class _Kept:
    """What was made and for whom, the database that it lies in, and how far clock and randomness had gone."""

    made: Any
    makers: tuple
    content: bytes
    now: datetime
    drawn: Any


_kept: dict[tuple, _Kept] = {}


def keep(world: World, settings: Any, name: tuple, make: Callable[[], Any]) -> Any:
    """Return what `make` makes; into every empty database but the first it is copied, down to the clock."""
    if not _is_fresh(world):
        return make()
    makers = (world, settings, world.tools, world.database)
    clock, drawn = _parts_of(world.tools)
    if kept := _kept.get(name):
        _closed(world).write_bytes(kept.content)
        clock.now = kept.now
        drawn.setstate(kept.drawn)
        return deepcopy(kept.made, {id(old): new for old, new in zip(kept.makers, makers, strict=True)})
    made = make()
    copied = deepcopy(made, {id(one): one for one in makers})
    _kept[name] = _Kept(copied, makers, _closed(world).read_bytes(), clock.now, drawn.getstate())
    return made


def _is_fresh(world: Any) -> bool:
    """Whether nothing was made yet in a SQLite database: everything takes a moment of the clock."""
    if not isinstance(world, World) or world.database.engine.dialect.name != "sqlite":
        return False
    (clock, drawn), (unused, undrawn) = _parts_of(world.tools), _parts_of(new_tools())
    return clock.now == unused.now and drawn.getstate() == undrawn.getstate()


def _parts_of(tools: Tools) -> tuple[SteppingClock, random.Random]:
    return tools.clock, tools.token_bytes.__self__


def _closed(world: World) -> Path:
    """Return the file of a database, to which all is written once its connections are closed."""
    world.database.dispose()
    return Path(world.database.engine.url.database)
