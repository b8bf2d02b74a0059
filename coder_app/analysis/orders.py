"""Orders of n observations, listed or drawn, in blocks of bounded size."""

from collections.abc import Iterator
from itertools import islice, permutations

import numpy as np

# Small enough for a cache, and for the matrix library to stay on one thread: threads that wait for a busy
# core made whole tests ten times slower than one thread did.
WORK_A_BLOCK, FEWEST_ROWS = 500_000, 16


def list_orders(n: int) -> Iterator[np.ndarray]:
    """All n! orders, the identity among them, as blocks of rows of 0-based places."""
    every = permutations(range(n))
    while chunk := list(islice(every, rows_a_block(n))):
        yield np.array(chunk, dtype=np.intp)


def draw_orders(n: int, count: int, seed: int) -> Iterator[np.ndarray]:
    """Draw `count` random orders as blocks of rows; the block size does not change what is drawn."""
    generator = np.random.default_rng(seed)
    places = np.arange(n, dtype=np.uint64)
    # Sorting random words that carry their place in the lowest bits orders the places at random.
    low_bits = np.uint64((1 << (n - 1).bit_length()) - 1)
    while count > 0:
        rows = min(count, rows_a_block(n))
        words = generator.integers(0, 2**64 - 1, size=(rows, n), dtype=np.uint64, endpoint=True)
        words &= ~low_bits
        words |= places
        words.sort(axis=1)
        words &= low_bits
        yield words.view(np.int64)
        count -= rows


def rows_a_block(n: int) -> int:
    """How many orders of n observations make a block."""
    return max(FEWEST_ROWS, WORK_A_BLOCK // n**2)
