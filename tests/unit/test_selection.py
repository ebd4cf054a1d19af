"""The selection rules against published vectors, their algebra, and an evaluation without shortcuts."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.special import betainc, betaincc

from specdnn.selection import rules
from specdnn.selection.rules import READINGS, RULES, affinity, calibrated_score, decide, omega, score, select

E = np.exp(-1)
OMEGA = [  # m, q, r, value
    (20, 1, 0.2, 0.988470784954),
    (20, 7, E, 0.647392451912),
    (50, 10, 0.2, 0.556259586708),
    (100, 1, 0.01, 0.633967658727),
    (100, 37, E, 0.520142596973),
    (300, 150, 0.5, 0.52301375721),
    (784, 1, 0.005, 0.980353042547),
    (784, 156, 0.1, 9.27736215217e-17),
    (784, 200, 0.3, 0.997605976028),
    (500, 333, 0.1, 1.89798446531e-204),
    (1030, 1, 1e-4, 0.0978776727702),
    (4096, 40, 0.01, 0.581119256319),
    (25088, 250, 0.01, 0.530793879278),
]
SIZES = [  # S; then rule -> sizes at t = .99, .5, .05
    ([2.12, 2.03] + [0.88] * 18, {"first_exceed": (0, 0, 0), "paper": (2, 20, 20), "released": (0, 0, 0)}),
    ([10] + [1] * 99, {"first_exceed": (1, 1, 0), "paper": (1, 1, 100), "released": (1, 1, 0)}),
    ([1] * 50 + [8] * 3 + [1] * 47, {"first_exceed": (3, 0, 0), "paper": (3, 3, 100), "released": (3, 3, 3)}),
    (([10] + [0.1] * 9) * 30, {"first_exceed": (30, 0, 0), "paper": (30, 30, 30), "released": (30, 0, 0)}),
    (
        [(37 * j + 11) % 100 + 1 for j in range(100)],
        {"first_exceed": (0, 0, 0), "paper": (100, 100, 100), "released": (3, 3, 0)},
    ),
]
ONE_TO_FOUR = np.array([[1.0, 2.0, 3.0, 4.0]])
rule_names = st.sampled_from(sorted(RULES))
reading_names = st.sampled_from(sorted(READINGS))
thresholds = st.floats(0.001, 0.999)


any_width = st.integers(1, 300)


@st.composite
def layers(draw: st.DrawFn, widths: st.SearchStrategy[int] = any_width) -> np.ndarray:
    """Affinities, n x m, from even to dominated by few inputs, as whole numbers: their sums are exact."""
    m, n = draw(widths), draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    skew = draw(st.sampled_from([0.3, 1, 3, 6]))
    return np.floor(1 + random.exponential(1, (n, m)) ** skew * 100)


def rows_of(matrix: np.ndarray) -> range:
    return range(len(matrix))


@pytest.mark.parametrize(("m", "q", "r", "value"), OMEGA)
def test_omega_keeps_eleven_digits_from_20_to_25088_units(m: int, q: int, r: float, value: float):
    assert omega(q, m, r) == pytest.approx(value, rel=1e-11, abs=0)


def test_four_units_have_the_scores_and_both_binomials_of_the_hand_calculation():
    r = score(ONE_TO_FOUR[0])
    scan = np.argsort(r)
    ranks = np.arange(1, 5)
    exactly = {"rel": 1e-11, "abs": 0}
    assert r == pytest.approx([0.496585303791, 0.406569659741, 0.332871083698, 0.272531793034], **exactly)
    by_rank = [0.719936784213, 0.406585630673, 0.186850883617, 0.0608100626252]
    assert omega(ranks, 4, r[scan]) == pytest.approx(by_rank, **exactly)
    by_index = [0.00551656442076, 0.110700649896, 0.536120394753, 0.935775081903]
    assert omega(ranks[scan], 4, r[scan]) == pytest.approx(by_index, **exactly)


@pytest.mark.parametrize(("rule", "units"), [("first_exceed", ()), ("paper", (3, 2, 1, 0)), ("released", (3, 2, 1))])
def test_three_readings_keep_three_different_sets_of_four_units(rule: str, units: tuple[int, ...]):
    chosen = decide(ONE_TO_FOUR, [0], rule=rule, t=0.7)
    assert chosen.units == units
    assert chosen.q == len(units)
    assert chosen.omega_1 == pytest.approx(0.719936784213, rel=1e-11, abs=0)


@pytest.mark.parametrize(("strengths", "sizes"), SIZES)
def test_each_reading_keeps_as_many_units_as_published_at_three_thresholds(strengths: list[float], sizes: dict):
    matrix = np.array([strengths], dtype=np.float64)
    found = {rule: tuple(decide(matrix, [0], rule=rule, t=t).q for t in (0.99, 0.5, 0.05)) for rule in sizes}
    assert found == sizes


@pytest.mark.parametrize("strong", [1, 63, 64, 65, 191, 192, 193, 500])
@pytest.mark.parametrize("rule", ["paper", "first_exceed"])
def test_as_many_units_are_kept_as_stand_out_wherever_the_walk_ends(rule: str, strong: int):
    matrix = np.array([[0.01] * 19 * strong + [10.0] * strong])
    assert decide(matrix, [0], rule=rule, t=0.99).q == strong


def test_paper_stops_where_the_next_omega_is_exactly_the_threshold():
    matrix = np.array([[0.76, 0.24, 0.0, 0.0]])  # Omega = .434, .482, .487, .135
    t = float(omega(2, 4, score(matrix[0])[1]))
    assert decide(matrix, [0], rule="paper", t=t).q == 1
    assert decide(matrix, [0], rule="paper", t=np.nextafter(t, 1)).q == 2
    assert decide(matrix, [0], rule="first_exceed", t=t).q == 2
    assert decide(matrix, [0], rule="first_exceed", t=np.nextafter(t, 0)).q == 1


@given(layers())
def test_log_r_is_minus_one_on_average_and_r_stays_in_its_bounds(matrix: np.ndarray):
    r = score(matrix.sum(axis=0))
    assert np.log(r).mean() == pytest.approx(-1, rel=0, abs=1e-12)
    assert r.min() >= np.exp(-(r.size + 1) / 2)
    assert r.max() <= np.exp(-0.5)


@given(layers())
def test_the_calibrated_score_of_one_row_is_e_r_squared_where_r_is_the_papers(matrix: np.ndarray):
    """Q(1, x) = exp(-x) and log r = -(S / mean S) / 2 - 1/2, so Q = e r^2; and any number of rows ranks alike."""
    strengths = matrix[0]
    assert calibrated_score(strengths, 1) == pytest.approx(np.e * score(strengths) ** 2, rel=1e-9, abs=1e-300)
    calibrated = calibrated_score(strengths, 3)[np.argsort(-strengths, kind="stable")]
    assert (np.diff(calibrated) >= 0).all()


def test_the_calibrated_score_is_uniform_where_weights_are_exponential_and_the_papers_is_not():
    """Four rows, 200,000 units: the shares below .01, .05, .5 are these; the paper's r never falls below .05."""
    strengths = np.random.default_rng(0).exponential(1, (4, 200_000)).sum(axis=0)
    calibrated = calibrated_score(strengths, 4)
    for level in (0.01, 0.05, 0.5):
        assert (calibrated < level).mean() == pytest.approx(level, rel=0.05)
    assert (score(strengths) < 0.05).mean() < 0.01


@given(st.integers(1, 4096), st.floats(1e-6, np.exp(-0.5)))
def test_omega_of_one_and_of_all_units_have_closed_forms(m: int, r: float):
    assert omega(1, m, r) == pytest.approx(-np.expm1(m * np.log1p(-r)), rel=1e-11, abs=0)
    if m * np.log(r) > np.log(1e-300):
        assert omega(m, m, r) == pytest.approx(r**m, rel=1e-11, abs=0)


@given(layers(), rule_names, thresholds, st.integers(-20, 20))
def test_scaling_all_weights_changes_nothing(matrix: np.ndarray, rule: str, t: float, power: int):
    # Powers of two, which scale without rounding: the selections must be equal, not close.
    rows = rows_of(matrix)
    scaled = np.ldexp(matrix, power)
    assert decide(scaled, rows, rule=rule, t=t) == decide(matrix, rows, rule=rule, t=t)


@given(layers(), st.sampled_from(["paper", "first_exceed"]), thresholds, st.randoms(use_true_random=False))
def test_paper_and_first_exceed_do_not_depend_on_how_units_are_numbered(matrix, rule, t, random):
    m = matrix.shape[1]
    matrix = m * matrix
    matrix[0] += np.arange(m)  # now no two units are equally strong
    labels = random.sample(range(m), m)
    renumbered = decide(matrix[:, labels], rows_of(matrix), rule=rule, t=t)
    assert tuple(labels[unit] for unit in renumbered.units) == decide(matrix, rows_of(matrix), rule=rule, t=t).units


def test_released_depends_on_how_units_are_numbered():
    kept = decide(ONE_TO_FOUR, [0], rule="released", t=0.7).units
    reversed_kept = decide(ONE_TO_FOUR[:, ::-1], [0], rule="released", t=0.7).units
    assert ONE_TO_FOUR[0, list(kept)].tolist() == [4, 3, 2]
    assert reversed_kept == ()


@given(layers(), st.floats(0.001, 0.999))
def test_first_exceed_and_paper_agree_where_the_strongest_unit_is_significant(matrix: np.ndarray, share: float):
    rows = rows_of(matrix)
    omega_1 = decide(matrix, rows, rule="paper", t=0.5).omega_1
    t = omega_1 + share * (1 - omega_1)
    assume(omega_1 < t < 1)
    assert decide(matrix, rows, rule="first_exceed", t=t).units == decide(matrix, rows, rule="paper", t=t).units


def plain_excess(q: np.ndarray, m: int, r: np.ndarray, t: float) -> np.ndarray:
    """Omega_q - t from every beta function, none spared."""
    return (1 - t) - betaincc(q, m - q + 1, r) if t > 0.5 else betainc(q, m - q + 1, r) - t


def plain_size(rule: str, r: np.ndarray, t: float) -> int:
    order = np.argsort(r, kind="stable")
    q = order + 1 if rule == "released" else np.arange(1, r.size + 1)
    excess = plain_excess(q, r.size, r[order], t)
    if rule == "paper":
        turns = np.flatnonzero((excess[:-1] < 0) & (excess[1:] >= 0))
        return int(turns[0]) + 1 if turns.size else r.size
    exceeding = np.flatnonzero(excess > 0)
    return int(exceeding[0]) if exceeding.size else r.size


@given(layers(st.sampled_from([1, 2, 3, 63, 64, 65, 300, 784, 1030])), reading_names, thresholds)
@example(np.random.default_rng(0).exponential(1, (10, 25088)), "released", 0.99)
@example(np.random.default_rng(0).exponential(1, (10, 25088)), "paper", 0.99)
@example(np.random.default_rng(0).exponential(1, (1, 25088)) ** 10, "paper", 0.05)
@example(np.random.default_rng(0).exponential(1, (1, 25088)) ** 10, "first_exceed", 0.99)
def test_rules_decide_as_if_every_beta_function_were_evaluated(matrix: np.ndarray, rule: str, t: float):
    strengths = matrix.sum(axis=0)
    assert decide(matrix, rows_of(matrix), rule=rule, t=t).q == plain_size(rule, score(strengths), t)


@given(layers(), reading_names, st.integers(0, 299), st.sampled_from([-1, 0, 1]))
def test_rules_decide_alike_a_rounding_step_around_the_threshold(matrix, rule, place, step):
    r = np.sort(score(matrix.sum(axis=0)))
    t = float(omega(place % r.size + 1, r.size, r[place % r.size]))
    t = float(np.nextafter(t, t + step))
    assume(0 < t < 1)
    assert decide(matrix, rows_of(matrix), rule=rule, t=t).q == plain_size(rule, score(matrix.sum(axis=0)), t)


@given(st.sampled_from([1, 2, 50, 784, 25088]), thresholds, st.integers(0, 2**32 - 1))
def test_spared_beta_functions_never_change_a_side_of_the_threshold(m: int, t: float, seed: int):
    random = np.random.default_rng(seed)
    q = random.integers(1, m + 1, 200)
    # Near q/m, where the threshold is crossed, and anywhere else.
    near = np.clip(q / m + random.normal(0, 3, 200) / np.sqrt(m), 1e-12, np.exp(-0.5))
    r = np.where(random.random(200) < 0.8, near, random.random(200) * np.exp(-0.5))
    assert (np.sign(rules._excess(q, m, r, t)) == np.sign(plain_excess(q, m, r, t))).all()


@pytest.mark.parametrize(("rule", "rows"), [(rule, rows) for rule in RULES for rows in ([], np.array([], dtype=int))])
def test_no_rows_to_walk_back_from_is_an_error(rule: str, rows):
    with pytest.raises(ValueError, match="set C of rows is empty"):
        decide(ONE_TO_FOUR, rows, rule=rule, t=0.5)


@pytest.mark.parametrize("rows", [[1], [-1], [0, 7]])
def test_a_row_that_does_not_exist_is_an_error(rows: list[int]):
    with pytest.raises(IndexError, match=r"0\.\.0"):
        decide(ONE_TO_FOUR, rows, rule="paper", t=0.5)


def test_a_row_named_twice_counts_once():
    matrix = np.array([[1.0, 5.0, 2.0], [9.0, 1.0, 1.0]])
    twice = decide(matrix, [1, 0, 0, 0], rule="released", t=0.5)
    assert twice == decide(matrix, [0, 1], rule="released", t=0.5)
    assert twice.strongest == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused_in_the_rows_that_count_only(value: float):
    matrix = np.array([[1.0, 2.0, 3.0, 4.0], [1.0, value, 1.0, 1.0]])
    with pytest.raises(ValueError, match="NaN or infinite"):
        decide(matrix, [0, 1], rule="paper", t=0.7)
    assert decide(matrix, [0], rule="paper", t=0.7) == decide(ONE_TO_FOUR, [0], rule="paper", t=0.7)


def test_rows_of_zeros_are_degenerate_and_fall_under_the_empty_policy():
    zeros = np.zeros((2, 3))
    assert decide(zeros, [0, 1], rule="released", t=0.5).status == "degenerate"
    forced = select(zeros, [0, 1], rule="released", t=0.5, on_empty="top1")
    assert (forced.units, forced.q, forced.status, forced.omega_1) == ((0,), 0, "degenerate", 1.0)
    with pytest.raises(ValueError, match="all chosen rows are zero"):
        select(zeros, [0, 1], rule="released", t=0.5, on_empty="raise")


def test_an_empty_selection_becomes_the_strongest_unit_or_an_error_as_asked():
    assert decide(ONE_TO_FOUR, [0], rule="first_exceed", t=0.7).status == "empty"
    forced = select(ONE_TO_FOUR, [0], rule="first_exceed", t=0.7, on_empty="top1")
    assert (forced.units, forced.q, forced.status) == ((3,), 0, "forced")
    with pytest.raises(ValueError, match=r"'first_exceed' at t = 0\.7: no unit is significant"):
        select(ONE_TO_FOUR, [0], rule="first_exceed", t=0.7, on_empty="raise")
    with pytest.raises(ValueError, match="on_empty = 'all': expected 'raise' or 'top1'"):
        select(ONE_TO_FOUR, [0], rule="released", t=0.7, on_empty="all")


def test_status_tells_a_stopped_walk_from_one_that_kept_all():
    assert select(ONE_TO_FOUR, [0], rule="released", t=0.7).status == "selected"
    assert select(ONE_TO_FOUR, [0], rule="paper", t=0.7).status == "all"


@pytest.mark.parametrize("t", [0.0, 1.0, -0.1, 1.5, np.nan])
def test_a_threshold_outside_0_to_1_is_an_error(t: float):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        decide(ONE_TO_FOUR, [0], rule="paper", t=t)


def test_an_unknown_rule_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ValueError, match="'magic'; known: released, paper, first_exceed"):
        decide(ONE_TO_FOUR, [0], rule="magic", t=0.5)


def test_equally_strong_units_are_walked_by_index():
    assert decide(np.ones((1, 4)), [0], rule="paper", t=0.99).units == (0, 1, 2, 3)


def test_affinity_is_the_mean_size_of_a_kernel_and_the_size_of_a_weight():
    kernels = np.array([[[[1, -3], [0, 4]], [[-2, 2], [2, -2]]]], dtype=np.float32)  # 1 x 2 x 2 x 2
    assert affinity(kernels).tolist() == [[2.0, 2.0]]
    assert affinity(np.array([[0.5, -1.5]], dtype=np.float32)).tolist() == [[0.5, 1.5]]
    assert affinity(kernels).dtype == np.float64
