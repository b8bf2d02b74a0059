"""What to be careful with in a permutation test: few sequences, and small groups that spread more."""

from collections.abc import Iterator

from coder_app.analysis.layout import MIXED, Layout

FEW_SEQUENCES, FEW_OF_A_TYPE, UNEQUAL_SPREAD = 8, 5, 2.0


def list_cautions(layout: Layout) -> Iterator[str]:
    """Yield a sentence for everything in a design that makes its tests unsure."""
    n = len(layout.sequences)
    if n < FEW_SEQUENCES:
        yield f"few sequences ({n}): only a large effect can be found"
    if layout.kind != MIXED:
        if layout.types != ("",):
            yield f"all sequences are {layout.types[0]}: types are not compared"
        return
    sizes = dict(zip(layout.types, layout.type_sizes.tolist(), strict=True))
    counted = ", ".join(f"{size} {kind}" for kind, size in sizes.items())
    if min(sizes.values()) < FEW_OF_A_TYPE:
        yield f"few sequences of a type ({counted})"
    spreads = _spread_of_types(layout)
    smaller, larger = min(sizes, key=sizes.get), max(sizes, key=sizes.get)
    if sizes[smaller] < sizes[larger] and spreads[smaller] > UNEQUAL_SPREAD * spreads[larger]:
        shown = ", ".join(f"{kind} n {sizes[kind]} SD {spreads[kind]:.2f}" for kind in layout.types)
        yield (
            f"the smaller type has the larger spread ({shown}): every test here then finds effects that are "
            "not there"
        )


def _spread_of_types(layout: Layout) -> dict[str, float]:
    """SD within positions, averaged over positions, of each type; 0 where a single sequence has none."""
    table = layout.table
    members = {kind: table[layout.type_of_sequence == at] for at, kind in enumerate(layout.types)}
    return {
        kind: float(rows.std(axis=0, ddof=1).mean()) if len(rows) > 1 else 0.0
        for kind, rows in members.items()
    }
