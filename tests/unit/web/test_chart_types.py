"""The plot of type by position: means a little apart on the axis of the panels beside it."""

from coder_app.web.charts import Mean, types_panel

NOTHING = Mean(None, None, None, 0)


def test_each_type_has_its_line_and_its_intervals_stay_within_the_axis() -> None:
    repaired = [Mean(12, 9, 15, 8), Mean(9, 5, 13, 8), Mean(12, 10, 14, 8)]
    unrepaired = [Mean(10, -2, 21, 4), Mean(7, None, None, 1), NOTHING]
    panel = types_panel("Involvement", {"repaired": repaired, "unrepaired": unrepaired}, 0, 20, 4)
    one, other = panel.lines
    assert [tick.label for tick in panel.y_ticks] == ["0", "4", "8", "12", "16", "20"]
    assert (len(one.points), len(other.points)) == (3, 2)
    assert one.points[0].x < panel.positions[0][0] < other.points[0].x
    # Limits beyond the scale are cut at its ends, whose places the outer ticks have.
    assert (other.points[0].lower, other.points[0].upper) == (panel.y_ticks[0].at, panel.y_ticks[-1].at)
    assert (other.points[1].lower, other.points[1].upper) == (None, None)
    said = "repaired pre 12, central 9, post 12; unrepaired pre 10, central 7"
    assert panel.label == f"Involvement, means by rupture type: {said}"


def test_without_a_mean_it_says_why_there_is_no_plot() -> None:
    panel = types_panel("Involvement", {"repaired": [NOTHING] * 3, "unrepaired": [NOTHING] * 3}, 0, 20, 4)
    assert panel.reason == "no sequence has a score" and panel.lines == ()


def test_a_type_with_one_mean_has_a_mark_and_no_line() -> None:
    panel = types_panel("Involvement", {"repaired": [Mean(5, None, None, 1), NOTHING, NOTHING]}, 0, 20, 4)
    assert panel.lines[0].path == "" and len(panel.lines[0].points) == 1
