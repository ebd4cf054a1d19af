"""How similar two layers answer the same n samples: x is n x p, y is n x q, whatever network they come from. float64.

All are similarities: 1 for equal layers, and the same for x and xQ + b with Q orthogonal and any scale (`mean_cca` and
`pwcca` for every invertible Q). `distances` names what grows with difference.

Every metric works on the p x p, q x q and p x q products of the centred matrices; where there are fewer samples than
units, x is first rotated into n columns, which changes none of them. No n x n matrix is ever held.

CCA and SVCCA: Raghu et al. 2017 (arXiv:1706.05806); PWCCA: Morcos, Raghu and Bengio 2018 (1806.05759); CKA:
Kornblith et al. 2019 (1905.00414); its debiased form: Song et al. 2012, eq. 5 (JMLR 13:1393), used for CKA by Nguyen et
al. 2021 (2010.15327); NBS: Tang et al. 2020 (2003.11498).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from specdnn.similarity.decompositions import (
    BLOCK,
    Spectrum,
    eigh,
    eigvalsh,
    pivoted_cholesky,
    product_with_itself,
    singular_values,
    squared_distances,
)

RANK_TOLERANCE = 1e-10  # of the largest variance; below it, products of x keep too few digits of a unit
VARIANCE_KEPT = 0.99  # by SVCCA, and before the thresholded mean
SUM_KEPT = 0.98  # of the coefficients' sum, by the thresholded mean
ACROSS_AND_WITHIN = ((0, 1), (0, 0), (1, 1))  # the pairs of layers whose HSIC a CKA is made of
BANDWIDTH_ROWS = 1000  # the median distance is taken among so many samples


class DeadLayer(ValueError):
    """No unit of the layer answers two samples differently."""


class TooFewSamples(ValueError):
    """The metric, or a part of it, would be the same for any two layers with so many units."""


@dataclass(frozen=True)
class Products:
    """What the HSIC of two kernels K and L needs: <K, L>, their rows' sums and their diagonals (n each)."""

    inner: Tensor
    sums: tuple[Tensor, Tensor]
    diagonals: tuple[Tensor, Tensor]

    def biased(self) -> Tensor:
        """(n - 1)^2 HSIC_0 = tr(K H L H) (Kornblith et al. 2019, eq. 3)."""
        of_k, of_l = self.sums
        n = len(of_k)
        return self.inner - 2 * of_k @ of_l / n + of_k.sum() * of_l.sum() / n**2

    def debiased(self) -> Tensor:
        """n (n - 3) HSIC_1 (Song et al. 2012, eq. 5)."""
        of_k, of_l = (total - diagonal for total, diagonal in zip(self.sums, self.diagonals, strict=True))
        n = len(of_k)
        inner = self.inner - self.diagonals[0] @ self.diagonals[1]
        return inner + of_k.sum() * of_l.sum() / ((n - 1) * (n - 2)) - 2 * of_k @ of_l / (n - 2)


class Representation:
    """One layer's activations, n x p, and what several metrics need of it.

    alive: which units vary at all; x: these, centred, n x min(n, p): rotated into n columns where they are more.
    Raises ValueError for anything but a finite matrix with two rows or more, DeadLayer where no column varies.
    """

    def __init__(self, activations: Tensor):
        if activations.dim() != 2 or len(activations) < 2 or not activations.isfinite().all():
            raise ValueError(f"expected a finite matrix of samples x units, got shape {tuple(activations.shape)}")
        self.alive = (activations != activations[0]).any(0)
        if not self.alive.any():
            raise DeadLayer(f"dead layer: all {activations.shape[1]} units answer all samples alike")
        self.activations = activations
        x = self.centred(self.alive)
        self.x = x if x.shape[1] <= len(x) else torch.linalg.qr(x.T).R.T

    def centred(self, units: Tensor) -> Tensor:
        """These units' activations less their means, n x units."""
        x = self.activations[:, units].double()
        return x.sub_(x.mean(0))

    @cached_property
    def gram(self) -> Tensor:
        """x'x."""
        return product_with_itself(self.x)

    @cached_property
    def spectrum(self) -> Spectrum:
        """The variances along the axes of x, descending, and the axes."""
        return Spectrum(self.gram)

    @cached_property
    def leading(self) -> int:
        """How many axes have VARIANCE_KEPT of the variance."""
        shares = self.spectrum.values.clamp(min=0).cumsum(0)
        return int((shares < VARIANCE_KEPT * shares[-1]).sum()) + 1

    def along_leading_axes(self, products: Tensor) -> Tensor:
        """From x'z, p x q, the products of z with an orthonormal basis of the leading axes' span, k x q.

        Where fewer axes are left out than kept, and x has full rank, with a basis of all of x less what lies along the
        others: p x q of rank k with the same singular values, and vectors for few axes only.
        """
        values, kept, p = self.spectrum.values, self.leading, len(self.gram)
        if 2 * kept <= p or values[-1] <= RANK_TOLERANCE * values[0]:
            return (self.spectrum.vectors(0, kept) / values[:kept].sqrt()).T @ products
        factor = torch.linalg.cholesky(self.gram)
        whole = torch.linalg.solve_triangular(factor, products, upper=False)
        if kept == p:
            return whole
        others = factor.T @ self.spectrum.vectors(kept, p) / values[kept:].sqrt()
        return whole - others @ (others.T @ whole)

    @cached_property
    def basis(self) -> tuple[Tensor, Tensor]:
        """Which columns of x span it, and F, p x rank, with x'x = FF' in the order of these columns and then others."""
        return pivoted_cholesky(self.gram, RANK_TOLERANCE)


class Pair:
    """Two layers on the same samples, and every similarity between them.

    Either may be a `Representation` of another pair: what that has computed is not computed again.
    """

    def __init__(self, x: Tensor | Representation, y: Tensor | Representation):
        self.first, self.second = (one if isinstance(one, Representation) else Representation(one) for one in (x, y))
        n, others = len(self.first.x), len(self.second.x)
        if n != others:
            raise ValueError(f"the same samples are needed on both sides: {n} and {others} rows")

    @cached_property
    def _cross(self) -> Tensor:
        return self.first.x.T @ self.second.x

    def _refuse_shared_directions(self, first: int, second: int) -> None:
        """TooFewSamples where spaces of so many dimensions do not fit side by side into the n - 1 centred directions.

        They then share directions whatever the layers are, and a canonical correlation is 1 for each.
        """
        n = len(self.first.x)
        if shared := max(0, first + second - (n - 1)):
            raise TooFewSamples(
                f"{n} samples for {first} and {second} directions: {shared} canonical correlations are 1 for any layers"
            )

    @cached_property
    def _canonical(self) -> tuple[Tensor, Tensor]:
        """Canonical correlations, descending, and the canonical directions of x in its basis Q = x L^-T, columns.

        They are the singular values and left singular vectors of Qx' Qy, from its product with itself: correlations
        below about 1e-8 are rounding. Raises TooFewSamples as `_refuse_shared_directions`, of the layers' ranks.
        """
        (rows, first), (columns, second) = self.first.basis, self.second.basis
        self._refuse_shared_directions(len(rows), len(columns))
        between = torch.linalg.solve_triangular(first[: len(rows)], self._cross[rows][:, columns], upper=False)
        between = torch.linalg.solve_triangular(second[: len(columns)].T, between, upper=True, left=False)
        squares, directions = eigh(product_with_itself(between.T))
        count = min(between.shape)
        return squares[:count].clamp(0, 1).sqrt(), directions[:, :count]

    @cached_property
    def _leading(self) -> Tensor:
        """Canonical correlations, descending, of the leading axes with 99 % of each layer's variance.

        Raises TooFewSamples as `_refuse_shared_directions`, of these axes.
        """
        self._refuse_shared_directions(self.first.leading, self.second.leading)
        between = self.second.along_leading_axes(self.first.along_leading_axes(self._cross).T)
        squares = eigvalsh(product_with_itself(between))
        return squares[: min(self.first.leading, self.second.leading)].clamp(0, 1).sqrt()

    def mean_cca(self) -> float:
        """Mean of the min(rank x, rank y) canonical correlations."""
        return self._canonical[0].mean().item()

    def pwcca(self) -> float:
        """Canonical correlations weighted by how much of x they account for: not symmetric.

        weight_i = sum over units j of |<h_i, x_j>|, h_i the i-th canonical variable of x.
        """
        correlations, directions = self._canonical
        weights = (self.first.basis[1] @ directions).abs().sum(0)  # x'h is F times the directions
        return (weights @ correlations / weights.sum()).item()

    def svcca(self) -> float:
        """Mean canonical correlation of the leading axes with 99 % of each layer's variance."""
        return self._leading.mean().item()

    def thresholded_mean_cca(self) -> float:
        """As `svcca`, over the fewest leading correlations that reach 98 % of their sum: the demo's published rows."""
        sums = self._leading.cumsum(0)
        return self._leading[: int((sums < SUM_KEPT * sums[-1]).sum()) + 1].mean().item()

    def linear_cka(self) -> float:
        """|x'y|_F^2 / (|x'x|_F |y'y|_F)."""
        return _cka(self._linear(), Products.biased)

    def linear_cka_debiased(self) -> float:
        """The same with HSIC_1 in place of HSIC_0: 0 on average for independent layers, and may fall below 0.

        Raises TooFewSamples below 4 samples, or where a layer's own HSIC_1 is not above 0.
        """
        return _cka(self._linear(), Products.debiased)

    def rbf_cka(self) -> float:
        """CKA of the kernels exp(-|a - b|^2 / (2 s^2)), s each layer's median distance between distinct samples."""
        return _cka(self._radial, Products.biased)

    def rbf_cka_debiased(self) -> float:
        """`rbf_cka` with HSIC_1; raises as `linear_cka_debiased`."""
        return _cka(self._radial, Products.debiased)

    def nbs(self) -> float:
        """Normalised Bures similarity, |x'y|_* / (|x|_F |y|_F)."""
        return (singular_values(self._cross).sum() / (self.first.x.norm() * self.second.x.norm())).item()

    def unit_correlation(self) -> float:
        """Mean over units of the correlation between unit j of x and unit j of y, where both vary: the same units.

        Raises ValueError where the layers differ in width, DeadLayer where no unit varies in both.
        """
        first, second = self.first, self.second
        if len(first.alive) != len(second.alive):
            raise ValueError(f"not the same units: {len(first.alive)} and {len(second.alive)}")
        both = first.alive & second.alive
        if not both.any():
            raise DeadLayer("no unit varies in both layers")
        x, y = first.centred(both), second.centred(both)
        return ((x * y).sum(0) / (x.norm(dim=0) * y.norm(dim=0))).mean().item()

    def _linear(self) -> tuple[Products, Products, Products]:
        """The kernels xx' and yy', by ACROSS_AND_WITHIN: x with y, x with x, y with y. <xx', yy'> is |x'y|_F^2."""
        zero = torch.zeros(len(self.first.x), dtype=torch.float64)  # the rows' sums of a centred linear kernel
        squares = [(layer.x**2).sum(1) for layer in (self.first, self.second)]
        crosses = (self._cross, self.first.gram, self.second.gram)
        across, first, second = (
            Products((cross**2).sum(), (zero, zero), (squares[a], squares[b]))
            for cross, (a, b) in zip(crosses, ACROSS_AND_WITHIN, strict=True)
        )
        return across, first, second

    @cached_property
    def _radial(self) -> tuple[Products, Products, Products]:
        """The kernels' products, from their upper triangles, some rows at a time."""
        layers = [(layer.x, bandwidth(layer.x)) for layer in (self.first, self.second)]
        n = len(self.first.x)
        sums = torch.zeros(2, n, dtype=torch.float64)
        inner = torch.zeros(3, dtype=torch.float64)
        for start in range(0, n, BLOCK):
            rows = slice(start, min(start + BLOCK, n))
            kernels = [torch.exp(squared_distances(x[rows], x[start:]) / (-2 * s**2)) for x, s in layers]
            stop = rows.stop - start
            for total, kernel in zip(sums, kernels, strict=True):
                total[rows] += kernel.sum(1)
                total[rows.stop :] += kernel[:, stop:].sum(0)
            for number, (a, b) in enumerate(ACROSS_AND_WITHIN):
                product = kernels[a] * kernels[b]
                inner[number] += 2 * product.sum() - product[:, :stop].sum()
        ones = torch.ones(n, dtype=torch.float64)
        across, first, second = (
            Products(value, (sums[a], sums[b]), (ones, ones))
            for value, (a, b) in zip(inner, ACROSS_AND_WITHIN, strict=True)
        )
        return across, first, second


def _cka(products: tuple[Products, Products, Products], hsic: Callable[[Products], Tensor]) -> float:
    """HSIC(x, y) / sqrt(HSIC(x, x) HSIC(y, y))."""
    across, first, second = (hsic(product) for product in products)
    if hsic is Products.debiased and (len(products[0].sums[0]) < 4 or min(first, second) <= 0):
        raise TooFewSamples(f"{len(products[0].sums[0])} samples: no debiased estimate of a layer with itself")
    return (across / (first * second).sqrt()).item()


def bandwidth(x: Tensor) -> float:
    """Median distance between distinct samples, among at most BANDWIDTH_ROWS evenly spaced ones; x centred.

    Where no two of these differ, the root mean square distance between all samples.
    """
    rows = torch.linspace(0, len(x) - 1, min(len(x), BANDWIDTH_ROWS)).long()
    distances = torch.pdist(x[rows])
    distinct = distances[distances > 0]
    return (distinct.median() if len(distinct) else (2 * x.square().sum() / len(x)).sqrt()).item()


SIMILARITIES: dict[str, Callable[[Pair], float]] = {
    "mean_cca": Pair.mean_cca,
    "thresholded_mean_cca": Pair.thresholded_mean_cca,
    "svcca": Pair.svcca,
    "pwcca": Pair.pwcca,
    "linear_cka": Pair.linear_cka,
    "linear_cka_debiased": Pair.linear_cka_debiased,
    "rbf_cka": Pair.rbf_cka,
    "rbf_cka_debiased": Pair.rbf_cka_debiased,
    "nbs": Pair.nbs,
}
