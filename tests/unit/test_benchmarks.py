"""The yardsticks measure what they say, and what the training's speed rests on changes no result."""

import json
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context

import commands
import limits
import numpy as np
import pandas as pd
import patches
import pytest
import released
import speed
import stacked
import study
import torch
import torch.nn.functional as F
from support import ROOT, weights
from support import idx as as_idx

import compare
import export
from specdnn import artefacts, files
from specdnn.data import idx
from specdnn.errors import UserError
from specdnn.export import graph
from specdnn.export.trained import Trained
from specdnn.networks import models
from specdnn.networks.extract import Kept, dense_kept, extract
from specdnn.networks.mask import MaskedNetwork
from specdnn.networks.models import Architecture
from specdnn.networks.network import Network
from specdnn.networks.pooling import MaxPool2x2
from specdnn.training.losses import sigmoid_cross_entropy
from specdnn.training.members import Member
from specdnn.training.schedule import Schedule

LENET, LENET_5 = models.load("lenet_300_100"), models.load("lenet_5")
SCHEDULE = Schedule(epochs=1, batch_size=32, lr=0.1, milestones=(), lr_gamma=0.1, momentum=0.9, weight_decay=1e-4)


@pytest.fixture
def card(tmp_path):
    """A tiny dataset: 96 pictures whose brightness tells the class, in the raw files' format."""
    generator = np.random.default_rng(0)
    labels = (np.arange(96) % 10).astype(np.uint8)
    pixels = (generator.integers(0, 30, (96, 28, 28)) + 20 * labels[:, None, None]).astype(np.uint8)
    contents = {}
    for images_name, labels_name in idx.FILES.values():
        contents |= {images_name: as_idx(pixels), labels_name: as_idx(labels)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    sums = {name: files.sha256(tmp_path / name) for name in contents}
    artefacts.write_json(tmp_path / "dataset.json", {"name": "tiny", "sha256": sums, "mean": 0.1307, "std": 0.3081})
    return tmp_path / "dataset.json"


def test_operations_of_a_step_by_hand():
    assert limits.multiplications(LENET) == [235_200, 30_000, 1_000]
    assert limits.multiplications(LENET_5) == [500 * 24 * 24, 25_000 * 8 * 8, 400_000, 5_000]
    one_image = 2 * (2 * 235_200 + 3 * 31_000)
    assert limits.step_operations(LENET, 128) == 128 * one_image


def test_the_released_pictures_are_the_projects_images(card):
    pictures, split = released.Pictures(card, 96), idx.load(card, "train", 96)
    images, labels = zip(*(pictures[index] for index in range(96)), strict=True)
    torch.testing.assert_close(torch.stack(images)[:, 0], torch.from_numpy(split.normalised), rtol=0, atol=1e-6)
    assert list(labels) == split.labels.tolist()


@pytest.mark.parametrize("architecture", [LENET, LENET_5], ids=lambda architecture: architecture.name)
def test_the_released_order_of_operations_gives_our_loss_and_gradients(architecture: Architecture):
    torch.manual_seed(0)
    ours = Network(architecture).double()
    theirs = released.DenseNetwork(architecture).double()
    theirs.load_state_dict(ours.state_dict())
    images, labels = torch.randn(8, 28, 28, dtype=torch.float64), torch.arange(8)
    values = []
    for network, inputs in ((ours, ours.prepare(images)), (theirs, images.unsqueeze(1))):
        values.append(sigmoid_cross_entropy(network(inputs), labels))
        values[-1].backward()
    torch.testing.assert_close(*values, rtol=0, atol=1e-13)
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, its.grad, rtol=0, atol=1e-13)


def test_the_released_loop_learns(card):
    torch.manual_seed(0)
    network = released.DenseNetwork(LENET)
    steps = released.train(network, released.Pictures(card, 96), sigmoid_cross_entropy, SCHEDULE)
    losses = list(islice(steps, 60))
    assert np.mean(losses[-6:]) < np.mean(losses[:6]) - 0.1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_pooling_by_rows_is_torchs_pooling_ties_included(dtype):
    generator = torch.Generator().manual_seed(0)
    maps = torch.randint(0, 3, (4, 3, 8, 12), generator=generator).to(dtype).requires_grad_()
    gradient = torch.randn(4, 3, 4, 6, generator=generator, dtype=dtype)
    ours, theirs = MaxPool2x2.apply(maps), F.max_pool2d(maps, 2)
    assert torch.equal(ours, theirs)
    assert torch.equal(*(torch.autograd.grad(pooled, maps, gradient)[0] for pooled in (ours, theirs)))


@pytest.mark.parametrize("positions", [(0,), (15,), (5, 6), (1, 14), (3, 12), (8, 9, 11)])
def test_a_network_that_computes_only_the_rectangle_it_reads_equals_the_masked_one(positions):
    torch.manual_seed(0)
    features = tuple(16 * channel + position for channel in (2, 40) for position in positions)
    kept = Kept(conv1=(0,), conv2=(1, 4, 7), fc1=features, fc2=(10, 20, 30))
    masked = MaskedNetwork(LENET_5, kept, 6).double()
    small = Network(LENET_5, kept, (6,)).double().load(extract(masked.tensors(), LENET_5, kept, (6,)))
    images = torch.randn(5, 28, 28, dtype=torch.float64)
    side = small.prepare(images).shape[2:]
    answers = masked(masked.prepare(images)), small(small.prepare(images))
    torch.testing.assert_close(*answers, rtol=0, atol=1e-12)
    answers[0].sum().backward()
    answers[1].sum().backward()
    columns = masked.parameter("conv1.weight").grad[[1, 4, 7]]
    torch.testing.assert_close(small.stack["conv1"].weight.grad, columns, rtol=0, atol=1e-12)
    assert tuple(side) == tuple(
        4 * (max(line) - min(line)) + 16
        for line in ([position // 4 for position in positions], [position % 4 for position in positions])
    )


def test_a_ratio_is_judged_where_there_is_a_reference_and_the_seconds_where_not():
    against = speed.Measurement("a", 2, 1.0, "b", 2, 5.0, 1 / 4)
    assert against.row()["ratio"] == pytest.approx(0.2)
    assert against.row()["met"]
    assert not replace(against, seconds=1.3).row()["met"]
    assert replace(against, seconds=0.2, reference_seconds=float("nan")).row()["met"]
    assert replace(against, reference_seconds=float("nan"), target=float("nan")).row()["met"] is None


def test_the_comparisons_cost_counts_only_what_is_in_its_tables(tmp_path):
    rows = [(1, "own", "dense"), (1, "own", "random"), (1, "own", "released"), (1, "curve", "random")]
    runs = pd.DataFrame(rows, columns=["seed", "part", "units"]).assign(dataset="d", model="m", device="cpu")
    communities = {"d": {"m": [{"record": {"params": {"seed": seed}}} for seed in (1, 2)]}}
    files = ["compare_train/p/d/m/seed1", "compare_train/p/d/m/seed2", "compare_communities/p/d/m/seed2"]
    files += ["compare_retrain/p/d/m/seed1/own", "compare_retrain/p/d/m/seed1/curve", "compare_select/p/d/m/seed1/own"]
    left = ["compare_train/p/d/m/seed3", "compare_retrain/p/d/m/seed1/ccme/own", "compare_evaluate/p/d/m/seed1/long"]
    for file in [*files, *left]:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{file}.tsv").write_text("s\tcpu_time\n1.5\t1.25\n")
    found = compare.costs(compare.jobs_of(tmp_path), compare.in_the_tables(runs, communities))
    assert found.set_index(["part", "rule"])[["networks", "specialists", "seconds"]].T.to_dict("list") == {
        ("networks", "compare_train"): [2, 0, 3.0],
        ("own", "compare_select"): [1, 2, 1.5],
        ("own", "compare_retrain"): [1, 2, 1.5],
        ("curve", "compare_retrain"): [1, 1, 1.5],
        ("communities", "compare_communities"): [1, 0, 1.5],
    }
    of_own = compare.by_part(found).set_index("part").loc["own"]
    assert (of_own["min a network"], of_own["s a specialist"], of_own.device) == ("0.1", "1.50", "cpu")


def test_the_timed_ten_are_the_papers_and_windows_are_timed_size_by_size():
    def member(label, **changed):
        filed = {"units": "released", "widths": "released", "share": None, "draw": 1, "asked": 0, **changed}
        return Member(label, architecture=LENET_5, kept=dense_kept(LENET_5), **filed)

    ten = [member(label) for label in range(10)]
    others = [member(3, initial="random"), member(3, loss="distilled"), member(3, widths="even")]
    assert [one for one in [*others, *ten] if stacked.is_the_papers(one)] == ten
    windows = [member(label, units="disparity", share=share) for share in (0.01, None) for label in (0, 1)]
    again = [replace(one, loss="distilled") for one in windows] + [replace(one, initial="random") for one in windows]
    assert patches.by_share([*ten, *windows, *again]) == [windows[2:], windows[:2]]


def job(path: str, start: float, end: float, threads: int = 1) -> study.Job:
    return study.Job(path.split("/")[0], path, threads, end - start, end - start, 100.0, start, end)


def test_the_wall_clock_leaves_out_pauses_and_counts_overlaps_once():
    assert study.wall_clock([job("a", 0, 10), job("b", 5, 20), job("c", 22, 30), job("d", 1000, 1010)]) == 40


def test_costs_weigh_threads_and_give_a_protocol_a_clock_only_if_it_ran_alone():
    jobs = [job("train/published/x", 0, 10, threads=2), job("retrain/published/y", 10, 30)]
    *_, total = study.costs(jobs, cores=2)
    assert (total.scope, total.rule, total.ideal_seconds, total.wall_seconds) == ("published", "total", 20, 30)
    *_, total = study.costs([*jobs, job("train/held_out/x", 5, 25)], cores=2)
    assert total.jobs == 2
    assert np.isnan(total.wall_seconds)


def test_jobs_join_their_benchmark_file_with_their_record(tmp_path):
    jobs, logs, metadata = tmp_path / "jobs", tmp_path / "logs", tmp_path / "metadata"
    for folder in (jobs / "train", metadata):
        folder.mkdir(parents=True)
    (jobs / "train" / "x.tsv").write_text("s\tmax_rss\tcpu_time\n3.5\t70.0\t6.5\n")
    record = {
        "rule": "train",
        "log": [f"{logs}/train/x.log"],
        "shellcmd": "python a.py --threads 2 --b",
        "starttime": 1,
    }
    (metadata / "eA==").write_text(json.dumps({**record, "endtime": 5}))
    own = {**record, "rule": "speed", "log": [f"{logs}/speed.log"], "endtime": 90}
    (metadata / "eQ==").write_text(json.dumps(own))
    (jobs / "speed.tsv").write_text("s\tmax_rss\tcpu_time\n85\t70.0\t6.5\n")
    assert study.read_jobs(jobs, metadata, logs) == [study.Job("train", "train/x", 2, 3.5, 6.5, 70.0, 1, 5)]
    (jobs / "train" / "y.tsv").write_text("s\tmax_rss\tcpu_time\n3.5\t70.0\t6.5\n")
    with pytest.raises(UserError, match=r"y\.tsv: .* knows no job"):
        study.read_jobs(jobs, metadata, logs)


def known_seconds(seconds, wait):
    return {"wait and tell": lambda: seconds if wait() is not None else 0}


def test_processes_side_by_side_start_together_and_share_the_machine():
    barrier = get_context("spawn").Barrier(2, timeout=60)  # broken, if one ends before the other begins
    processes = [speed.Process(known_seconds, seconds, barrier.wait) for seconds in (1.0, 3.0)]
    assert speed.side_by_side(processes, "wait and tell") == pytest.approx((1.0 + 3.0) / 2 / 2)


def test_networks_are_timed_in_turns_and_the_first_round_is_dropped():
    calls = []
    turns = {(name, "float32"): lambda pixels, name=name: calls.append((name, len(pixels))) for name in "ab"}
    seen = export.latencies(turns, np.zeros((20, 28, 28), np.uint8), batch_size=8, rounds=3, repeats=2)
    assert calls == [("a", 8), ("a", 8), ("b", 8), ("b", 8)] * 4
    assert {key: len(times) for key, times in seen.items()} == {("a", "float32"): 6, ("b", "float32"): 6}


def test_a_networks_memory_is_measured_without_the_runtimes_own(tmp_path):
    empty, large = tmp_path / "empty.onnx", tmp_path / "large.onnx"
    empty.write_bytes(export.empty_graph(17))
    trained = Trained(LENET, dense_kept(LENET), tuple(range(10)), weights(LENET), {})
    large.write_bytes(graph.build(trained, {"mean": 0.1, "std": 0.3}, 17).SerializeToString())
    paths = {("empty", "float32"): [str(empty)], ("large", "float32"): [str(large)]}
    peak = export.memory(paths, str(empty), batch_size=8, rounds=1)
    assert peak["large", "float32"] > 4 * LENET.parameters
    assert peak["empty", "float32"] < 4 * LENET.parameters


def test_a_commands_first_table_has_a_time_of_its_own(tmp_path):
    said = (ROOT / "Makefile").read_text().replace("$$SECONDS", "0")
    assert commands.FIRST.search(said)
    (tmp_path / "Makefile").write_text("study:\n\t@echo 'That took 0 s; the rest follows.'; sleep 0.3\n")
    first, whole = commands.timed("study", tmp_path)
    assert (first["command"], whole["command"]) == ("study_first", "study")
    assert whole["seconds"] >= first["seconds"] + 0.3 > 0.3


def test_a_command_that_fails_has_no_time(tmp_path):
    (tmp_path / "Makefile").write_text("study:\n\t@false\n")
    with pytest.raises(UserError, match=r"`make study` in a clone of the last commit ended with 2"):
        list(commands.timed("study", tmp_path))
