"""The rows of a table, kept small: a million of them fit where their texts would not."""

import marshal
import zlib
from collections.abc import Iterator, Sequence

Row = tuple[int, tuple[str, ...]]

MOST_CELLS = 20_000
# Fast rather than small: cells of one column repeat, so the first level does most of what there is to do.
_LEVEL = 1


class PackedRows:
    """Rows of text with their numbers, packed in blocks; they can be gone through any number of times."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self.n_rows = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Put a block of rows behind those that are there."""
        # Version 2 looks no text up among those before, which costs more here than it saves.
        self._blocks.append(zlib.compress(marshal.dumps(list(rows), 2), _LEVEL))
        self.n_rows += len(rows)

    def __iter__(self) -> Iterator[Row]:
        for block in self._blocks:
            # Made in this process a moment ago, never read from a file.
            yield from marshal.loads(zlib.decompress(block))  # noqa: S302
