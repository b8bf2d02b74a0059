"""The two studies of the demo: one finished and unmasked, one still being coded."""

from dataclasses import dataclass, replace

from coder_app.demo.planting import CHILD, N_SHARED, THERAPIST, InformantShape


@dataclass(frozen=True)
class Script:
    """What a study is about, and the seeds that settle its scores, its ratings and its allotment."""

    name: str
    n_dyads: int
    n_therapists: int
    shapes: tuple[InformantShape, InformantShape]
    n_shared: int
    seed: int
    ratings_seed: int
    round_seed: int
    long_seconds: float | None = None


FINISHED = Script("Demo study", 89, 19, (CHILD, THERAPIST), N_SHARED, seed=5, ratings_seed=140, round_seed=1)
BEING_CODED = Script(
    "Demo study, still being coded",
    12,
    4,
    (
        replace(CHILD, n_analysed=9, recorded=(1, 0), unrecorded=(0, 1), n_twice=0),
        replace(THERAPIST, n_analysed=8, recorded=(0, 1), unrecorded=(1, 0), n_twice=0),
    ),
    n_shared=0,
    seed=1,
    ratings_seed=1,
    round_seed=1,
    long_seconds=600.0,
)
