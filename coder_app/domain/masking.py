"""Pronounceable random code names that carry no order and no meaning."""

from collections.abc import Callable, Collection

_ONSETS = (
    "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z",
    "br", "dr", "fl", "gr", "kl", "pl", "sn", "st", "tr",
)  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("", "", "", "l", "m", "n", "r", "s", "t", "k")


def draw_below(limit: int, token_bytes: Callable[[int], bytes]) -> int:
    """Return a random whole number from 0 to limit - 1, all equally likely."""
    if limit < 1:
        raise ValueError("limit must be at least 1")
    ceiling = (1 << 64) - (1 << 64) % limit
    while True:
        number = int.from_bytes(token_bytes(8), "big")
        if number < ceiling:
            return number % limit


def draw_order(count: int, token_bytes: Callable[[int], bytes]) -> list[int]:
    """Return the numbers 0 to count - 1 in a random order (Fisher and Yates)."""
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = draw_below(last + 1, token_bytes)
        order[last], order[other] = order[other], order[last]
    return order


def draw_mask(token_bytes: Callable[[int], bytes]) -> str:
    """Return one name such as 'velid-moru': two words of two syllables."""
    return "-".join(_word(token_bytes) for _ in range(2))


def draw_masks(count: int, taken: Collection[str], token_bytes: Callable[[int], bytes]) -> list[str]:
    """Return `count` different names, none of them in `taken`."""
    used = set(taken)
    masks: list[str] = []
    while len(masks) < count:
        mask = draw_mask(token_bytes)
        if mask not in used:
            used.add(mask)
            masks.append(mask)
    return masks


def _word(token_bytes: Callable[[int], bytes]) -> str:
    def pick(parts: tuple[str, ...]) -> str:
        return parts[draw_below(len(parts), token_bytes)]

    return pick(_ONSETS) + pick(_VOWELS) + pick(_ONSETS) + pick(_VOWELS) + pick(_CODAS)
