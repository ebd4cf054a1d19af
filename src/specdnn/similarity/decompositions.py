"""Products, distances and decompositions of dense matrices, float64, on as many threads as torch has.

Decompositions are by whichever LAPACK takes less time here: that is torch's for eigenvalues alone, and SciPy's for the
others. SciPy is handed matrices transposed, which is LAPACK's order of memory, and spares a transposition.
"""

import numpy as np
import torch
from scipy import linalg
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits
from torch import Tensor

BLOCK = 512  # rows or columns of a symmetric matrix at a time
ROWS_AT_ONCE = 64  # of work space for each vector that reflectors are applied to


def _threads() -> threadpool_limits:
    return threadpool_limits(torch.get_num_threads(), user_api="blas")


def eigh(symmetric: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues of a symmetric p x p matrix, descending, and their vectors as columns."""
    with _threads():
        values, vectors = linalg.eigh(symmetric.numpy().T, driver="evd", check_finite=False)
    return torch.from_numpy(values).flip(0), torch.from_numpy(vectors).flip(1)


def eigvalsh(symmetric: Tensor) -> Tensor:
    """Eigenvalues of a symmetric p x p matrix, descending."""
    return torch.linalg.eigvalsh(symmetric).flip(0)


class Spectrum:
    """Eigenvalues of a symmetric p x p matrix, descending, and the vectors of as many as are asked for.

    The matrix is brought to tridiagonal form once: LAPACK's drivers compute some of the vectors only for those who know
    which before they see the values.
    """

    def __init__(self, symmetric: Tensor):
        matrix = symmetric.numpy().T
        with _threads():
            lwork, _ = lapack.dsytrd_lwork(len(matrix), lower=1)
            self._reflectors, self._diagonal, self._beside, self._scales, _ = lapack.dsytrd(
                matrix, lower=1, lwork=int(lwork)
            )
            values = linalg.eigvalsh_tridiagonal(self._diagonal, self._beside, lapack_driver="sterf")
        self.values = torch.from_numpy(values).flip(0)

    def vectors(self, first: int, last: int) -> Tensor:
        """Of the values first to last - 1, as columns: p x (last - first)."""
        p = len(self._diagonal)
        with _threads():
            _, vectors = linalg.eigh_tridiagonal(
                self._diagonal, self._beside, select="i", select_range=(p - last, p - 1 - first), lapack_driver="stemr"
            )
            if p > 1:
                lwork = ROWS_AT_ONCE * (last - first)
                vectors[1:], _, _ = lapack.dormqr("L", "N", self._reflectors[1:, :-1], self._scales, vectors[1:], lwork)
        return torch.from_numpy(vectors).flip(1)


def singular_values(matrix: Tensor) -> Tensor:
    """The min(p, q) singular values of a p x q matrix, descending."""
    with _threads():
        return torch.from_numpy(linalg.svdvals(matrix.numpy().T, check_finite=False))


def pivoted_cholesky(gram: Tensor, tolerance: float) -> tuple[Tensor, Tensor]:
    """Which columns span a positive semidefinite p x p matrix, and F, p x rank, with gram = FF' in the order of these
    columns and then others.

    It stops where a column, once the chosen ones are taken out of it, keeps less than `tolerance` of the largest
    diagonal element. F's upper rank x rank part is lower triangular.
    """
    matrix = gram.numpy().T
    with threadpool_limits(1, user_api="blas"):  # the choice of columns is the same on every machine
        factor, pivots, rank, _ = lapack.dpstrf(matrix, tol=tolerance * matrix.diagonal().max(), lower=1)
    return torch.from_numpy(pivots[:rank].astype(np.int64)) - 1, torch.from_numpy(factor).tril()[:, :rank]


def product_with_itself(x: Tensor) -> Tensor:
    """x'x, by its upper triangle: half the time."""
    p = x.shape[1]
    product = x.new_empty(p, p)
    for start in range(0, p, BLOCK):
        rows, after = slice(start, start + BLOCK), slice(start + BLOCK, None)
        product[rows, start:] = x[:, rows].T @ x[:, start:]
        product[after, rows] = product[rows, after].T
    return product


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Between the rows of a and those of b; not below 0."""
    return ((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T).clamp(min=0)
