"""A coder's own random order: where new recordings come among those that wait already."""

from collections.abc import Callable

from coder_app.domain.masking import draw_order


def draw_places(
    n_new: int, n_waiting: int, token_bytes: Callable[[int], bytes]
) -> tuple[list[int], list[int]]:
    """Return a place, from 0 on, for each new form and for each that waits.

    New ones come anywhere with equal chance; those that wait stay in their order among themselves.
    """
    new, waiting = [0] * n_new, []
    for place, drawn in enumerate(draw_order(n_new + n_waiting, token_bytes)):
        if drawn < n_new:
            new[drawn] = place
        else:
            waiting.append(place)
    return new, waiting
