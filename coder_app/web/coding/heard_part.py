"""What a coder has heard of a recording, in the words of the page on which the ratings are submitted."""

from dataclasses import dataclass

from coder_app.domain.submission import LONGEST_REASON
from coder_app.services.actor import Actor
from coder_app.services.submission import Heard
from coder_app.web.coding.words import clock
from coder_app.web.words import figure

MOST_NAMED = 8


@dataclass(frozen=True)
class HeardPart:
    """The share heard in whole per cent, None when not known, and the lead's minimum, 0 for none.

    `unheard` are the stretches left out, of which `n_more` are not named; `text` is the reason as typed.
    """

    share: int | None
    minimum: int
    unheard: tuple[str, ...]
    n_more: int
    needs_reason: bool
    text: str
    fault: str | None = None
    longest: int = LONGEST_REASON

    @property
    def share_words(self) -> str:
        """The share as the language writes it."""
        return per_cent(self.share or 0)

    @property
    def minimum_words(self) -> str:
        """The minimum as the language writes it."""
        return per_cent(self.minimum)


def heard_part(actor: Actor, heard: Heard, typed: str | None = None, fault: str | None = None) -> HeardPart:
    """Return what was heard, with the reason given before unless another was typed."""
    return HeardPart(
        share=whole_per_cent(heard.share),
        minimum=round(100 * actor.coding_settings.minimum_heard),
        unheard=tuple(
            f"{clock(start / 1000)}–{clock(end / 1000)}" for start, end in heard.unheard[:MOST_NAMED]
        ),
        n_more=max(0, len(heard.unheard) - MOST_NAMED),
        needs_reason=heard.needs_reason,
        text=typed if typed is not None else heard.why_less or "",
        fault=fault,
    )


def whole_per_cent(share: float | None) -> int | None:
    """Return a share in whole per cent, rounded down: less than the minimum must not look like it."""
    # A share of .29 is a little less than that in binary, and 29 per cent all the same.
    return None if share is None else int(100 * share + 1e-9)


def per_cent(number: int) -> str:
    """Write whole per cents as the language does."""
    return figure(number / 100, "0%")
