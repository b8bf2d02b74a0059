from coder_app.domain.problems import Problem, ProblemLog, has_errors


def test_problems_are_listed_by_row_with_those_of_the_whole_file_first():
    log = ProblemLog("a.csv")
    log.error(9, "score", "99", "Too high.")
    log.warn(3, None, None, "Odd.")
    log.extend([Problem("a.csv", None, None, None, "Old.")])
    assert [problem.row for problem in log.in_order()] == [None, 3, 9]
    assert log.n_errors == 2


def test_only_an_error_keeps_a_file_out():
    log = ProblemLog("a.csv")
    log.warn(3, None, None, "Odd.")
    assert not has_errors(log.in_order())
    log.error(3, None, None, "Wrong.")
    assert has_errors(log.in_order())
