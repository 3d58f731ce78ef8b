"""What the design promises is judged by ratios of the same round."""

from bench.contenders import BARE, LIST, ORM, TRUSTED, Case, server_ratio
from bench.goals import Goal
from bench.reads import cases_ratios, goals
from bench.rounds import Round
from bench.server import Server


def case_of(contender: str, *server_us: float) -> Case:
    """A list that took so many microseconds of the server in each round."""
    rounds = [Round(1, each, 0.0, 1.0, 1.0, 1.0) for each in server_us]
    return Case(LIST, contender, Server((), ()), b"", rounds=rounds)


def test_a_ratio_is_the_median_of_the_rounds_own():
    """Here the ratio of the medians would be 2: others worked on the machine in one round."""
    ours, bare = case_of(TRUSTED, 200, 900, 240), case_of(BARE, 100, 900, 120)
    assert server_ratio(ours, bare) == 2
    ours, bare = case_of(TRUSTED, 100, 400, 800), case_of(BARE, 100, 200, 800)
    assert server_ratio(ours, bare) == 1


def test_goals_are_met_by_the_ratio_that_they_are_about():
    cases = [case_of(BARE, 81), case_of(TRUSTED, 100), case_of(ORM, 2_400)]
    of_list, than_orm = goals([cases_ratios(cases)])
    assert (of_list.measured, of_list.is_met) == ((0.81,), True)
    assert (than_orm.measured, than_orm.is_met) == ((24,), False)
    assert of_list.told().startswith("met     list: ")
    assert than_orm.told() == (
        "missed  list: times less server time than strawberry with the ORM: 24.00, at least 25"
    )


def test_a_goal_of_many_cells_is_met_where_it_is_in_each():
    assert Goal("this", 0.8, (0.8, 0.9)).is_met
    assert not Goal("this", 0.8, (0.79, 0.9)).is_met
    assert Goal("that", 1.2, (1.1, 1.2), is_upper=True).is_met
    assert not Goal("that", 1.2, (1.1, 1.21), is_upper=True).is_met
    assert Goal("that", 1.2, (1.0, 1.21), is_upper=True).told() == (
        "missed  that: 1.00 to 1.21, at most 1.2"
    )
