r"""How much an input tells of the units C beyond the other inputs: MINT's estimate (Ganesh et al., ICPR 2020).

MINT scores a group of a layer's units (its children) against a group of its inputs (its parents), given all other
inputs. Here the children are C, as one group: the class's own output in the last layer, the units kept so far further
back; and every input is a group of its own. On sampled training images, as many of each class, with x the values of
C, y those of an input and z those of all other inputs,

    mint           I(x; y | z)     y is borrowed from the sample whose z is nearest; the tree spans (x, y, z)
    mint_marginal  I(x; y)         y is borrowed from any sample; the tree spans (x, y)

are both 1 - R (n1 + n2) / (2 n1 n2), where R edges of the tree join samples with borrowers
(`specdnn.dependence.information`, corrected readings). Inputs are ranked by fewest such edges: MINT's floor at 0 would
tie most of a layer.

`mint` is the paper's score at its finest groups. Among hundreds of inputs that tell much the same, hardly any tells
something that the others do not, and one borrowed value moves the points little: its order is mostly one of chance,
with inputs that never vary in the middle (docs/mint.md). `mint_marginal` leaves the others out, and so ranks by what
an input tells on its own.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from specdnn.dependence.information import Slips, joining_edges, thirds
from specdnn.dependence.scoring import Parents
from specdnn.dependence.tree import spanning_tree, squared_distances
from specdnn.selection.method import Activations, Candidates, Method

CORRECTED = Slips("corrected", "corrected", "corrected")


def children(seen: Activations, rows: tuple[int, ...]) -> np.ndarray:
    """samples x |C|, float32, centred: the distances of float32 lose digits far from the origin."""
    values = seen.units[:, list(rows)]
    return values - values.mean(axis=0)


def joining(candidates: Candidates, given_others: bool) -> np.ndarray:
    """R of every input, shape (m,). Raises ValueError where there are no activations."""
    if candidates.activations is None:
        raise ValueError("no activations to rank by")
    x, inputs = children(candidates.activations, candidates.rows), candidates.activations.inputs
    split, m = thirds(len(x)), inputs.shape[1]
    lent = np.concatenate([split.kept, split.lenders[: len(split.borrowers)]])
    counts = np.empty(m)
    with threadpool_limits(limits=1):  # sums split by thread, and so would near ties
        of_children = squared_distances(x[split.pooled], x[split.pooled])
        parents = Parents(inputs, m, CORRECTED) if given_others else None
        for j in range(m):
            if parents is not None:
                of_parents = parents.distances(j)
            else:
                y = inputs[lent, j : j + 1] - inputs[:, j].mean()
                of_parents = squared_distances(y, y)
            edges = spanning_tree(of_parents, of_children)
            counts[j] = joining_edges(*edges, len(split.kept), CORRECTED.edges)
    return counts


def ranks(candidates: Candidates) -> np.ndarray:
    return -joining(candidates, given_others=True)


METHOD = Method(ranks, reads=("activations",))
