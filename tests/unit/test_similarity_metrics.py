"""Similarities of layers: values known in closed form, other implementations, and what happens at the edges."""

import itertools
import math

import ckatorch
import numpy as np
import pytest
import scipy.linalg
import torch
from torch import Tensor

from specdnn.similarity import metrics
from specdnn.similarity.decompositions import Spectrum
from specdnn.similarity.distances import DISTANCES
from specdnn.similarity.measuring import Reading, measure
from specdnn.similarity.metrics import SIMILARITIES, DeadLayer, Pair, TooFewSamples

CCA = ("mean_cca", "thresholded_mean_cca", "svcca", "pwcca")
NOISE = (0.211425, 0.242932, 0.209627, 0.210833)  # of each, for 1000 samples of two independent layers of 60 units
SYMMETRIC = tuple(name for name in SIMILARITIES if name != "pwcca")


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def orthonormal(n: int, p: int, seed: int = 0) -> Tensor:
    """n x p with orthonormal columns of mean 0."""
    x = normal(n, p, seed=seed)
    return torch.linalg.qr(x - x.mean(0)).Q


def related(n: int, p: int, q: int) -> tuple[Tensor, Tensor]:
    """Two layers that share something."""
    x = normal(n, p)
    return x, x @ normal(p, q, seed=1) + 2 * normal(n, q, seed=2) + 1


def correlated(n: int, correlations: list[float]) -> tuple[Tensor, Tensor]:
    """Whitened layers with these canonical correlations."""
    p, rho = len(correlations), torch.tensor(correlations, dtype=torch.float64)
    axes = orthonormal(n, 2 * p)
    return axes[:, :p], axes[:, :p] * rho + axes[:, p:] * (1 - rho**2).sqrt()


def value(name: str, x: Tensor, y: Tensor) -> float:
    return SIMILARITIES[name](Pair(x, y))


def centring(n: int) -> Tensor:
    return torch.eye(n, dtype=torch.float64) - 1 / n


# Closed forms.


def test_one_unit_against_one_other_is_their_correlation():
    x, y = related(50, 1, 1)
    r = abs(np.corrcoef(x[:, 0], y[:, 0])[0, 1])
    for name in (*CCA, "nbs"):
        assert value(name, x, y) == pytest.approx(r, abs=1e-12)
    assert value("linear_cka", x, y) == pytest.approx(r**2, abs=1e-12)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_a_rotated_scaled_and_shifted_layer_is_the_same(name: str):
    x = normal(60, 7)
    rotation = torch.linalg.qr(normal(7, 7, seed=1)).Q
    assert value(name, x, 3.5 * x @ rotation - 2) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", ["mean_cca", "pwcca"])
def test_cca_sees_no_invertible_map_and_cka_does(name: str):
    x = normal(60, 7)
    y = x @ (normal(7, 7, seed=1) * torch.logspace(-2, 2, 7, dtype=torch.float64)) + 5
    assert value(name, x, y) == pytest.approx(1, abs=1e-9)
    assert value("linear_cka", x, y) < 0.9


@pytest.mark.parametrize("k", [1, 3, 8])
def test_orthonormal_units_against_the_first_of_them(k: int):
    x = orthonormal(50, 8)
    for name in ("linear_cka", "nbs"):
        assert value(name, x, x[:, :k]) == pytest.approx(math.sqrt(k / 8), abs=1e-12)


def test_whitened_layers_depend_on_their_canonical_correlations_alone():
    p, q = 4, 6
    x, y = orthonormal(50, p), orthonormal(50, q, seed=1)
    rho = torch.linalg.svdvals(x.T @ y)
    assert value("linear_cka", x, y) == pytest.approx((rho**2).sum().item() / math.sqrt(p * q), abs=1e-12)
    assert value("nbs", x, y) == pytest.approx(rho.sum().item() / math.sqrt(p * q), abs=1e-12)
    assert value("mean_cca", x, y) == pytest.approx(rho.mean().item(), abs=1e-12)


def test_the_thresholded_mean_stops_at_98_percent_of_the_sum():
    x, y = correlated(100, [1.0, 0.9, 0.5, 0.02, 0.01])  # sums 1, 1.9, 2.4 of 2.43: three reach 0.98
    assert value("thresholded_mean_cca", x, y) == pytest.approx(2.4 / 3, abs=1e-9)
    assert value("mean_cca", x, y) == pytest.approx(2.43 / 5, abs=1e-9)


def test_svcca_leaves_out_the_last_percent_of_the_variance():
    x, y = correlated(100, [0.9, 0.7, 0.3])
    sizes = torch.tensor([10.0, 5.0, 0.5], dtype=torch.float64)  # shares 79.8, 19.95 and 0.2 %
    assert value("svcca", x * sizes, y * sizes) == pytest.approx((0.9 + 0.7) / 2, abs=1e-9)
    assert value("mean_cca", x * sizes, y * sizes) == pytest.approx((0.9 + 0.7 + 0.3) / 3, abs=1e-9)


@pytest.mark.parametrize(
    ("rank", "decay", "kept"),
    [(12, 0.0, 12), (12, 0.2, 10), (12, 0.9, 3), (8, 0.0, 8)],
    ids=["all axes", "most", "few", "rank lost"],
)
def test_svcca_is_the_mean_cosine_between_the_spans_of_the_leading_singular_vectors(rank: int, decay: float, kept: int):
    spread = torch.exp(-decay * torch.arange(12.0)).double()
    x, y = related(200, 12, 12)
    if rank < 12:
        x = x[:, :rank] @ normal(rank, 12, seed=3)

    def leading(layer: Tensor) -> np.ndarray:
        u, s, _ = torch.linalg.svd(layer - layer.mean(0), full_matrices=False)
        shares = (s**2).cumsum(0) / (s**2).sum()
        return u[:, : int((shares < 0.99).sum()) + 1].numpy()

    x, y = x * spread, y * spread
    assert leading(x).shape[1] == kept
    cosines = np.cos(scipy.linalg.subspace_angles(leading(x), leading(y)))
    assert value("svcca", x, y) == pytest.approx(cosines.mean(), abs=1e-10)


@pytest.mark.parametrize("p", [1, 2, 7])
def test_a_spectrum_gives_any_run_of_its_vectors(p: int):
    matrix = normal(p, p) + normal(p, p).T
    spectrum = Spectrum(matrix)
    assert spectrum.values.tolist() == pytest.approx(sorted(torch.linalg.eigvalsh(matrix).tolist(), reverse=True))
    for first, last in itertools.combinations(range(p + 1), 2):
        vectors = spectrum.vectors(first, last)
        assert torch.allclose(matrix @ vectors, vectors * spectrum.values[first:last], atol=1e-12)
        assert torch.allclose(vectors.T @ vectors, torch.eye(last - first, dtype=torch.float64), atol=1e-12)


def test_pwcca_weighs_each_correlation_by_what_it_explains_of_the_first_layer():
    x, y = correlated(100, [0.9, 0.5, 0.1])
    sizes = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64)  # then <h_i, x_j> is size_i where i = j, else 0
    assert value("pwcca", x * sizes, y) == pytest.approx((0.9 + 2 * 0.5 + 5 * 0.1) / 8, abs=1e-9)
    assert value("pwcca", y, x * sizes) != pytest.approx(value("pwcca", x * sizes, y), abs=1e-3)


@pytest.mark.parametrize("name", SYMMETRIC)
def test_the_order_of_the_layers_does_not_matter(name: str):
    x, y = related(60, 5, 8)
    assert value(name, x, y) == pytest.approx(value(name, y, x), abs=1e-12)


# Other implementations.


@pytest.mark.parametrize(("p", "q"), [(5, 5), (3, 9), (9, 3)])
def test_canonical_correlations_are_the_cosines_of_the_principal_angles(p: int, q: int):
    x, y = related(60, p, q)
    angles = scipy.linalg.subspace_angles((x - x.mean(0)).numpy(), (y - y.mean(0)).numpy())
    assert value("mean_cca", x, y) == pytest.approx(np.cos(angles).mean(), abs=1e-10)


@pytest.mark.parametrize("n", [60, 4])
def test_nbs_is_the_scale_of_the_orthogonal_procrustes_problem(n: int):
    x, y = related(n, 6, 6)
    x, y = ((layer - layer.mean(0)).numpy() for layer in (x, y))
    _, scale = scipy.linalg.orthogonal_procrustes(x, y)
    expected = scale / (np.linalg.norm(x) * np.linalg.norm(y))
    assert value("nbs", torch.from_numpy(x), torch.from_numpy(y)) == pytest.approx(expected, abs=1e-10)


def kernels(x: Tensor, y: Tensor, radial: bool) -> tuple[Tensor, Tensor]:
    """n x n, by the definitions."""
    if not radial:
        return x @ x.T, y @ y.T
    both = []
    for layer in (x, y):
        distances = torch.cdist(layer, layer, compute_mode="donot_use_mm_for_euclid_dist")
        above = distances[torch.triu(torch.ones_like(distances), 1) > 0]
        both.append(torch.exp(-(distances**2) / (2 * above.median() ** 2)))
    return both[0], both[1]


def hsic_biased(k: Tensor, m: Tensor) -> Tensor:
    h = centring(len(k))
    return torch.trace(k @ h @ m @ h)


def hsic_debiased(k: Tensor, m: Tensor) -> Tensor:
    """By U-centred kernels (Székely and Rizzo 2014), which is another way to the same number."""
    n = len(k)

    def centred(kernel: Tensor) -> Tensor:
        kernel = kernel.clone().fill_diagonal_(0)
        rows = kernel.sum(1) / (n - 2)
        out = kernel - rows[:, None] - rows + kernel.sum() / ((n - 1) * (n - 2))
        return out.fill_diagonal_(0)

    return (centred(k) * centred(m)).sum()


@pytest.mark.parametrize("shape", [(40, 5, 8), (12, 30, 20), (40, 60, 5)])
@pytest.mark.parametrize(
    ("name", "radial", "hsic"),
    [
        ("linear_cka", False, hsic_biased),
        ("linear_cka_debiased", False, hsic_debiased),
        ("rbf_cka", True, hsic_biased),
        ("rbf_cka_debiased", True, hsic_debiased),
    ],
)
def test_cka_is_what_n_by_n_kernels_give(monkeypatch, name: str, radial: bool, hsic, shape: tuple[int, int, int]):
    monkeypatch.setattr(metrics, "BLOCK", 7)
    x, y = related(*shape)
    k, m = kernels(x, y, radial)
    assert value(name, x, y) == pytest.approx((hsic(k, m) / (hsic(k, k) * hsic(m, m)).sqrt()).item(), abs=1e-10)


def test_biased_linear_cka_is_that_of_ckatorch():
    x, y = related(40, 5, 8)
    assert value("linear_cka", x, y) == pytest.approx(float(ckatorch.cka_base(x, y, kernel="linear")), abs=1e-6)


def test_only_the_debiased_forms_are_0_on_average_for_independent_layers():
    pairs = [Pair(normal(30, 20, seed=2 * s), normal(30, 20, seed=2 * s + 1)) for s in range(60)]
    for kind in ("linear", "rbf"):
        biased = np.mean([SIMILARITIES[f"{kind}_cka"](pair) for pair in pairs])
        debiased = np.array([SIMILARITIES[f"{kind}_cka_debiased"](pair) for pair in pairs])
        assert biased > 0.3
        assert abs(debiased.mean()) < 3 * debiased.std() / math.sqrt(len(pairs))


# Edges.


@pytest.mark.parametrize("name", CCA)
@pytest.mark.parametrize("n", [4, 7])
def test_cca_of_too_few_samples_is_refused(name: str, n: int):
    """n <= p + 1, and equal variances: all axes are needed, also for 99 % of the variance."""
    x, y = orthonormal(n, min(6, n - 1)), normal(n, 6, seed=1)
    with pytest.raises(TooFewSamples, match="canonical correlations are 1"):
        value(name, x, y)


@pytest.mark.parametrize("name", CCA)
def test_cca_is_refused_where_both_layers_together_have_too_many_units(name: str):
    """Independent noise, once 0.7 and more: 21 of the 60 correlations are 1 for any two layers."""
    x, y = orthonormal(100, 60), orthonormal(100, 60, seed=1)
    with pytest.raises(TooFewSamples, match="100 samples for 60 and 60 directions: 21 canonical correlations are 1"):
        value(name, x, y)


@pytest.mark.parametrize(("name", "expected"), [*zip(CCA, NOISE, strict=True)])
def test_cca_of_many_samples_is_as_it_was(name: str, expected: float):
    assert value(name, normal(1000, 60), normal(1000, 60, seed=1)) == pytest.approx(expected, abs=1e-6)


def test_svcca_of_few_samples_is_accepted_where_fewer_axes_have_the_variance():
    sizes = torch.tensor([10, 10, 1e-3, 1e-3, 1e-3, 1e-3])  # two axes a layer
    x, y = (orthonormal(7, 6, seed=seed) * sizes for seed in (0, 1))
    assert 0 < value("svcca", x, y) < 1


def test_one_sample_more_than_that_is_accepted():
    assert 0 < value("mean_cca", normal(13, 6), normal(13, 6, seed=1)) < 1
    with pytest.raises(TooFewSamples):
        value("mean_cca", normal(12, 6), normal(12, 6, seed=1))


def test_debiased_cka_of_three_samples_is_refused():
    with pytest.raises(TooFewSamples):
        value("linear_cka_debiased", normal(3, 1), normal(3, 1, seed=1))


@pytest.mark.parametrize("side", [0, 1])
def test_a_dead_layer_is_refused_by_name_whatever_its_constant(side: int):
    layers = [normal(20, 3), torch.full((20, 3), 0.1)]
    with pytest.raises(DeadLayer, match="all 3 units answer all samples alike"):
        Pair(layers[side], layers[1 - side])


@pytest.mark.parametrize("name", SIMILARITIES)
def test_dead_and_doubled_units_change_nothing_that_is_invariant_to_them(name: str):
    x, y = related(60, 4, 5)
    with_dead = torch.cat([x, torch.full((60, 2), 0.3, dtype=torch.float64)], 1)
    assert value(name, with_dead, y) == pytest.approx(value(name, x, y), abs=1e-10)
    if name == "mean_cca":  # rank 4 of 8 columns: four correlations, not eight
        assert value(name, torch.cat([x, x], 1), y) == pytest.approx(value(name, x, y), abs=1e-7)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_values_that_are_no_numbers_are_refused(bad: float):
    x = normal(20, 3)
    x[4, 1] = bad
    with pytest.raises(ValueError, match="finite matrix"):
        Pair(x, normal(20, 3))


def test_layers_on_different_samples_are_refused():
    with pytest.raises(ValueError, match="20 and 21 rows"):
        Pair(normal(20, 3), normal(21, 3))


def test_the_same_units_are_compared_one_by_one():
    x = normal(50, 3)
    y = torch.stack([2 * x[:, 0] + 1, -x[:, 1], torch.zeros(50, dtype=torch.float64)], 1)
    assert Pair(x, y).unit_correlation() == pytest.approx(0, abs=1e-12)  # 1 and -1; the dead one does not count
    with pytest.raises(ValueError, match="not the same units: 3 and 2"):
        Pair(x, y[:, :2]).unit_correlation()


# Distances, and rows.


def test_distances_are_0_for_equal_layers_and_have_names_of_their_own():
    x = normal(60, 4)
    for name, (distance, function) in DISTANCES.items():
        assert function(value(name, x, x)) == pytest.approx(0, abs=1e-6)
        assert function(0.25) > function(0.75) > 0
        assert distance not in SIMILARITIES
    assert not set(DISTANCES) & {"linear_cka_debiased", "rbf_cka_debiased"}


def test_what_cannot_be_measured_says_why_and_is_never_nan():
    rows = {row["metric"]: row for row in measure(Reading(normal(8, 7), 5), Reading(normal(8, 7, seed=1), 5))}
    assert list(rows) == list(SIMILARITIES)
    assert (rows["mean_cca"]["value"], rows["pwcca"]["status"]) == (None, "too few samples")
    assert rows["linear_cka"]["status"] == "ok"
    assert (rows["linear_cka"]["samples"], rows["rbf_cka"]["samples"]) == (8, 5)
    dead = measure(Reading(torch.zeros(8, 2), 8), Reading(normal(8, 7), 8))
    assert {(row["value"], row["status"]) for row in dead} == {(None, "dead layer")}
