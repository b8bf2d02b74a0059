"""Numbers as the pages print them: as APA does, with a true minus, and in words where there is none."""

from collections.abc import Mapping
from typing import Any

NONE = "–"


def coefficient(value: float | None, decimals: int = 2) -> str:
    """Write a figure that cannot pass 1 (ICC, omega, alpha, AC2): no leading zero."""
    if value is None:
        return NONE
    text = f"{abs(value):.{decimals}f}".removeprefix("0")
    nothing = not text.strip(".0")
    return f"−{text}" if value < 0 and not nothing else text


def interval(lower: float | None, upper: float | None) -> str:
    """Write the interval of a coefficient in brackets."""
    if lower is None or upper is None:
        return NONE
    return f"[{coefficient(lower)}, {coefficient(upper)}]"


def p_value(value: float | None) -> str:
    """Write a probability: three decimals, no leading zero, and never as 0."""
    if value is None:
        return NONE
    if value < 0.001:
        return "< .001"
    return coefficient(value, 3)


def decimal(value: float | None, decimals: int = 2) -> str:
    """Write a figure in points of its scale, or an F."""
    if value is None:
        return NONE
    text = f"{value:.{decimals}f}"
    return (text if text.strip("-.0") else text.removeprefix("-")).replace("-", "−")


def decimal_interval(lower: float | None, upper: float | None) -> str:
    """Write an interval in points of its scale."""
    return NONE if lower is None or upper is None else f"[{decimal(lower)}, {decimal(upper)}]"


def percent(share: float | None) -> str:
    """Write a share in whole per cent; only everything is 100% and only nothing is 0%."""
    if share is None:
        return NONE
    if 0 < share < 0.005:
        return "< 1%"
    return "> 99%" if 0.995 <= share < 1 else f"{100 * share:.0f}%"


def count(number: int, one: str, many: str | None = None) -> str:
    """Write a number of things: 1 recording, 17 recordings, 1,847 scores."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def estimate_or_reason(figure: Mapping[str, Any] | None, reason: str | None) -> str:
    """Write a coefficient with its interval, or why there is none."""
    if figure is None or figure["estimate"] is None:
        return reason or (figure or {}).get("reason") or "not computed"
    if figure["lower"] is None or figure["upper"] is None:
        return f"{coefficient(figure['estimate'])}, {reason or figure.get('reason') or 'no interval'}"
    return f"{coefficient(figure['estimate'])}, 95% CI {interval(figure['lower'], figure['upper'])}"
