"""What is known of one item's ICCs: the figures, their tests, and what they rest on."""

from dataclasses import dataclass, replace

from coder_app.analysis.results import Estimate, FTest

MEANINGS = {
    "ICC(1,1)": "one-way random, single rater",
    "ICC(1,k)": "one-way random, mean of k raters",
    "ICC(A,1)": "two-way, absolute agreement, single rater",
    "ICC(A,k)": "two-way, absolute agreement, mean of k raters",
    "ICC(C,1)": "two-way, consistency, single rater",
    "ICC(C,k)": "two-way, consistency, mean of k raters",
    "ICC(Q,k)": "two-way, incomplete, mean of the raters that each target had",
}


@dataclass(frozen=True, slots=True)
class ItemIcc:
    """The ICCs of one item; where `reason` is given, none could be computed.

    `tests` holds the F test of each form that an ICC of 0 is refuted by, `bias` that of the raters' levels;
    both are for complete data only. `n_single` counts targets with one rating, `n_full` those that every
    rater rated. `groups` names the raters by group where no shared target joins the groups.
    """

    item: str | None
    n_targets: int
    n_raters: int
    n_used: int
    design: str
    reason: str | None
    icc: dict[str, Estimate]
    word: str | None
    percent_agreement: float | None
    n_ratings: int = 0
    n_full: int = 0
    n_single: int = 0
    tests: dict[str, FTest] | None = None
    bias: FTest | None = None
    groups: tuple[tuple[str, ...], ...] = ()

    @property
    def used(self) -> str:
        """What the figures rest on, in words."""
        rated = f"{self.n_ratings} ratings of {self.n_targets} targets by {self.n_raters} raters"
        if self.reason is not None:
            return f"{rated}; no ICC"
        if self.design == "complete":
            return f"{rated}, none missing; analysis of variance"
        partly = self.n_targets - self.n_full
        return f"{rated}; {partly} targets lack a rating, {self.n_single} have one only; all used, by REML"


def withhold_rare(item: ItemIcc, fewest: int = 2) -> ItemIcc:
    """The item without its ICCs if fewer than `fewest` targets were rated above the scale's lowest point.

    Such an ICC is near 0 however well the raters agree; percent agreement and AC2 stand beside the reason.
    """
    if item.reason is not None or item.n_used >= fewest:
        return item
    reason = (
        f"rare: {item.n_used} of {item.n_targets} targets were rated above the lowest point; "
        f"an ICC needs {fewest}"
    )
    nothing = dict.fromkeys(item.icc, Estimate(None, None, None, reason))
    return replace(item, icc=nothing, word=None, tests=None, bias=None, reason=reason)
