"""`stats permutation`: permutation analysis of variance over the positions of sequences."""

from dataclasses import asdict

import click

from coder_app.analysis.effects import find_effect_sizes
from coder_app.analysis.permutation import METHODS, Effect, PairedComparison, permutation_test
from coder_app.analysis.schemes import SEQUENCE, UNITS
from coder_app.cli.stats.reading import emit, format_table, read_frame

COLUMNS = (
    *("effect", "f", "df1", "df2", "p_parametric", "p_permutation", "p_lower", "p_upper", "n_permutations"),
    "p_exact",
)
SIZES = ("effect", "eta_partial", "lower", "upper", "eta_generalised", "lower", "upper")


@click.command("permutation")
@click.argument("file", metavar="FILE")
@click.option("--permutations", default=100_000, show_default=True, type=click.IntRange(1, 10_000_000))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@click.option("--method", type=click.Choice(METHODS), default="rd", show_default=True)
@click.option(
    "--unit", type=click.Choice(UNITS), default=SEQUENCE, show_default=True, help="What moves together."
)
@click.option(
    "--bootstrap", default=0, show_default=True, type=click.IntRange(0), help="Resamples for effect sizes."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: str, permutations: int, seed: int, method: str, unit: str, bootstrap: int, as_json: bool
) -> None:
    """Test positions, types and their interaction: columns sequence, position, rupture_type, dyad, score."""
    frame = read_frame(
        file,
        required=("sequence", "position", "score"),
        optional=("rupture_type", "dyad"),
        numeric=("score",),
        key=("sequence", "position"),
    )
    result = permutation_test(frame, permutations, seed, method, unit=unit)
    data = {
        "design": result.design,
        "effects": [_describe(effect) for effect in result.effects],
        "warnings": list(result.warnings),
    }
    if bootstrap:
        data["effect_sizes"] = [asdict(one) for one in find_effect_sizes(frame, bootstrap, seed)]
    emit(data, as_json, lambda shown: _render(shown, result.paired))


def _describe(effect: Effect) -> dict:
    described = asdict(effect)
    return described if effect.reason else {k: v for k, v in described.items() if k != "reason"}


def _size(one: dict) -> tuple:
    figures = (
        one[kind][name] for kind in ("partial", "generalised") for name in ("estimate", "lower", "upper")
    )
    return (one["effect"], *figures)


def _show(name: str, value: object) -> object:
    """Keep three digits of a small p, where three decimals would leave a zero."""
    return f"{value:.3g}" if name.startswith("p_") and value is not None else value


def _render(data: dict, paired: PairedComparison | None) -> str:
    rows = [tuple(_show(name, effect[name]) for name in COLUMNS) for effect in data["effects"]]
    lines = [f"design: {data['design']}", format_table(COLUMNS, rows)]
    for effect in data["effects"]:
        if effect["exact_method"]:
            lines.append(f"{effect['effect']}, exact: {effect['exact_method']}")
        if "reason" in effect:
            lines.append(f"{effect['effect']}: {effect['reason']}")
    if "effect_sizes" in data:
        lines.append(format_table(SIZES, [_size(one) for one in data["effect_sizes"]]))
    if paired is not None:
        lines.append(format_table(("wilcoxon_p", "d_av", "g"), [(paired.wilcoxon_p, paired.d_av, paired.g)]))
    return "\n".join([*lines, *[f"warning: {warning}" for warning in data["warnings"]]])
