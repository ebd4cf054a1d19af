"""Scoring a layer: what is computed once gives what the definition gives, and an interruption leaves no trace."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from specdnn import artefacts
from specdnn.dependence import scoring
from specdnn.dependence.information import READINGS, Slips, information, joining_edges, thirds
from specdnn.dependence.scoring import score, score_strips

CORRECTED = Slips("corrected", "corrected", "corrected")
RECORD = {"rule": "mint_score", "params": {"seed": 1}, "inputs": {}}
GROUPS, CHILDREN = 10, 3


@pytest.fixture(scope="module")
def activations() -> tuple[np.ndarray, np.ndarray]:
    """90 samples of 20 inputs, and of 6 units that read them."""
    random = np.random.default_rng(0)
    parents = random.normal(size=(90, 20)).astype(np.float32)
    return parents, np.maximum(parents @ random.normal(size=(20, 6)), 0).astype(np.float32)


def by_definition(parents: np.ndarray, children: np.ndarray, group: int, child: int, slips: Slips) -> float:
    """One pair, point by point: no distances shared, neighbours and tree by scipy."""
    split = thirds(len(parents))
    own = np.arange(20) // 2 == group
    z = parents[:, ~own]
    to_lenders = cdist(z[split.borrowers], z[split.lenders])
    if slips.neighbour == "corrected":
        lenders = split.lenders[to_lenders.argmin(axis=1)]
    else:
        nearest_recipient = [int(to_lenders[:, lender].argmin()) for lender in range(len(split.lenders))]
        lenders = split.lenders[nearest_recipient[: len(split.borrowers)]]
    x = children[:, np.arange(6) // 2 == child]
    kept = np.hstack([x, parents[:, own], z])[split.kept]
    borrowed = np.hstack([x[split.borrowers], parents[lenders][:, own], z[split.borrowers]])
    cloud = np.vstack([kept, borrowed])
    tree = minimum_spanning_tree(cdist(cloud, cloud)).tocoo()
    return information(joining_edges(tree.row, tree.col, len(kept), slips.edges), len(kept), len(borrowed))


@pytest.mark.parametrize(("neighbour", "edges"), list(product(READINGS, READINGS)))
def test_scores_are_those_of_the_definition(activations, neighbour, edges):
    slips = Slips("corrected", neighbour, edges)
    for strip, scores in score_strips(*activations, GROUPS, CHILDREN, slips):
        for place, group in enumerate(range(strip.start, strip.stop)):
            for child in range(CHILDREN):
                assert scores[child, place] == by_definition(*activations, group, child, slips)


def test_a_single_output_can_be_the_child():
    """What a class's specialist would ask: how much each group tells of the class's own output."""
    parents = np.random.default_rng(0).normal(size=(900, 6)).astype(np.float32)
    output = (3 * parents[:, 2] - 2 * parents[:, 3])[:, None]
    _, scores = next(score_strips(parents, output, 3, 1, CORRECTED))
    assert scores.shape == (1, 3)
    assert scores[0, 1] > max(scores[0, 0], scores[0, 2]) + 0.2


@pytest.mark.parametrize(("parents", "children"), [(3, 3), (10, 4), (40, 3)])
def test_groups_that_do_not_divide_the_units_are_refused(activations, parents: int, children: int):
    with pytest.raises(ValueError, match="cannot be divided into"):
        next(score_strips(*activations, parents, children, CORRECTED))


def interrupted(activations, state: Path, monkeypatch: pytest.MonkeyPatch, record: dict = RECORD) -> None:
    """Score until two strips are saved."""

    def two_strips(*given):
        for number, strip in enumerate(score_strips(*given)):
            if number == 2:
                raise KeyboardInterrupt
            yield strip

    with monkeypatch.context() as patched:
        patched.setattr(scoring, "score_strips", two_strips)
        with pytest.raises(KeyboardInterrupt):
            score(*activations, GROUPS, CHILDREN, CORRECTED, state=state, record=record)


def test_an_interrupted_scoring_goes_on_where_it_was(activations, tmp_path: Path, monkeypatch, capsys):
    whole = score(*activations, GROUPS, CHILDREN, CORRECTED, state=tmp_path / "whole", record=RECORD)
    interrupted(activations, tmp_path / "state", monkeypatch)
    capsys.readouterr()
    resumed = score(*activations, GROUPS, CHILDREN, CORRECTED, state=tmp_path / "state", record=RECORD)
    assert np.array_equal(resumed, whole)
    assert "resuming after 8 of 10 parent groups\n30 of 30 pairs, " in capsys.readouterr().out


def test_scores_of_another_record_and_half_a_state_are_ignored(activations, tmp_path: Path, monkeypatch, capsys):
    whole = score(*activations, GROUPS, CHILDREN, CORRECTED, state=tmp_path / "whole", record=RECORD)
    state = tmp_path / "state"
    interrupted(activations, state, monkeypatch, record={**RECORD, "params": {"seed": 2}})
    assert np.array_equal(score(*activations, GROUPS, CHILDREN, CORRECTED, state=state, record=RECORD), whole)
    state.write_bytes(state.read_bytes()[:-1])
    assert np.array_equal(score(*activations, GROUPS, CHILDREN, CORRECTED, state=state, record=RECORD), whole)
    assert "resuming" not in capsys.readouterr().out


def test_a_state_holds_the_scores_so_far(activations, tmp_path: Path, monkeypatch):
    interrupted(activations, tmp_path / "state", monkeypatch)
    tensors, progress = artefacts.load_state(tmp_path / "state", RECORD)
    assert progress == {"parent_groups": 8}
    assert (tensors["scores"][:, :8] > 0).any()
    assert (tensors["scores"][:, 8:] == 0).all()
