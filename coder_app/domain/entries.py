"""Reading the tables of an instrument's definition key by key, so that every error names its key."""

import re
from collections.abc import Mapping
from typing import Any


class InstrumentError(ValueError):
    """An instrument's definition that cannot be used; `key` says which entry, such as items[2].code."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}" if key else message)
        self.key = key


class Entry:
    """One table of a definition; what was not asked for is left for `check_nothing_left`."""

    def __init__(self, mapping: Any, where: str) -> None:
        if not isinstance(mapping, Mapping):
            raise InstrumentError(where, "must be a table of keys and values")
        self._left = dict(mapping)
        self._where = where
        self._parts: list[Entry] = []

    def _fail(self, key: str, message: str) -> InstrumentError:
        return InstrumentError(f"{self._where}.{key}" if self._where else key, message)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._left.pop(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self._fail(key, "must be a text that is not empty" if default is None else "must be a text")
        return value

    def matching(self, key: str, pattern: re.Pattern[str]) -> str:
        value = self.text(key)
        if not pattern.fullmatch(value):
            raise self._fail(key, f"{value!r} does not have the form {pattern.pattern}")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self._left.pop(key, None)
        if value not in allowed:
            raise self._fail(key, f"must be one of {', '.join(allowed)}")
        return value

    def nothing(self, key: str, why: str) -> None:
        if self._left.pop(key, None) is not None:
            raise self._fail(key, why)

    def whole(self, key: str) -> int:
        value = self._left.pop(key, None)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._fail(key, "must be a whole number")
        return value

    def whole_between(self, key: str, lowest: int, highest: int) -> int | None:
        if self._left.get(key) is None:
            return self._left.pop(key, None)
        value = self.whole(key)
        if not lowest <= value <= highest:
            raise self._fail(key, f"must lie between {lowest} and {highest}")
        return value

    def flag(self, key: str) -> bool:
        value = self._left.pop(key, False)
        if not isinstance(value, bool):
            raise self._fail(key, "must be true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self._fail(key, "must be a list of texts")
        return tuple(value)

    def entries(self, key: str) -> list["Entry"]:
        value = self._left.pop(key, [])
        if not isinstance(value, list):
            raise self._fail(key, "must be a list of tables")
        parts = [Entry(part, f"{self._where}{key}[{place}]") for place, part in enumerate(value)]
        self._parts += parts
        return parts

    def check_nothing_left(self) -> None:
        for key in self._left:
            raise self._fail(str(key), "is not a key of an instrument")
        for part in self._parts:
            part.check_nothing_left()
