"""What comes from outside."""

import gzip
import hashlib
import json

import numpy as np
import pytest
from small_study import NETWORK, TABLE, Study, drop, edit
from support import idx

quick = pytest.mark.quick
PARAMS = [  # what is replaced in params.yaml, by what, and what the refusal names
    ("lr: 0.1\n", "lr: 0.1\n  lr: 0.2\n", "lr has a value in line"),
    ("batch_size: 128", "batch_size: 010", "010 is 8"),
    ("batch_size: 128", "batch_size: 1_000", "1_000"),
    ("batch_size: 128", "batch_size: 1:30", "1:30"),
    ("batch_size: 128", "batch_size: 128.0", "128.0 is not of type 'integer'"),
    ("batch_size: 128", f"batch_size: {10**20}", "greater than the maximum"),
    ("batch_size: 128", "batch_size: yes", "yes"),
    ("batch_size: 128", "batch_size: 0", "less than the minimum"),
    ("batch_size: 128", "batch_size:", "is not of type 'integer'"),
    ("lr: 0.1", "lr: .nan", "expected a finite number"),
    ("lr: 0.1", "lr: .inf", "expected a finite number"),
    ("lr: 0.1", "lr: [0.1", "correct the YAML"),
    ("lr: 0.1", "lr: \t0.1", ""),
    (r"seeds: \[1\]", "seeds: [1.0]", "1.0 is not of type 'integer'"),
    (r"seeds: \[1\]", "seeds: [-1]", "less than the minimum"),
    (r"seeds: \[1\]", "seeds: [1, 1]", "non-unique"),
    (r"\A", "__use_yte__: true\n", "__use_yte__"),
    (r"\A", "__definitions__:\n  - import os; os.system('touch owned')\n", "__definitions__"),
    (r"\A", "- a list\n#", ""),
    (r"\A", "nobody: 1\n", "nobody"),
]


@quick
@pytest.mark.parametrize(("old", "new", "named"), PARAMS, ids=[new.strip()[:30] for _, new, _ in PARAMS])
def test_a_value_of_params_is_none(study: Study, old: str, new: str, named: str):
    edit(study / "params.yaml", old, new)
    study.refused("params.yaml:", named, done=study.plan())
    assert not (study / "owned").exists()


@quick
@pytest.mark.parametrize("content", [b"", b"\xe9: 1\n", b"a: 1\0\n", b"a: &a [*a]\n"], ids=repr)
def test_params_is_no_yaml_of_ours(study: Study, content: bytes):
    (study / "params.yaml").write_bytes(content)
    study.refused("params.yaml", done=study.plan())


@quick
@pytest.mark.parametrize("path", ["''", "a/", "a/{x}", "/tmp/a", "../a", "a b", "'a;touch owned'"])
def test_a_folder_of_params_is_none(study: Study, path: str):
    edit(study / "tests/faults/params.yaml", "results: small/results", f"results: {path}")
    study.refused("tests/faults/params.yaml:", "pathvars.results", done=study.plan())
    assert not (study / "owned").exists()


PAPER = [  # what is replaced in the published table, by what
    (r"\n0,", "\n0,,"),
    (r"\n0,", "\n<<<<<<< HEAD\n0,"),
    (r"(?s)\A.*\Z", ""),
    ("compress_rate_percent", "rate"),
    (r"\n1,[^,]+,", "\n1,none,"),
    (r"\n1,", "\n0,"),
    (r"\n0,[^,]+,", "\n0,nan,"),
]


@pytest.mark.parametrize(("old", "new"), PAPER, ids=[new.strip()[:20] for _, new in PAPER])
def test_a_published_table_is_broken(study: Study, old: str, new: str):
    path = "published/table1_lenet_300_100.csv"
    edit(study / path, old, new)
    drop(study / f"{TABLE}.md")
    study.refused("tables", path)


def digits(count: int, labels: np.ndarray | None = None, side: int = 28) -> dict[str, bytes]:
    """Raw files by the names of MNIST's, with random images."""
    random = np.random.default_rng(0)
    images = idx(random.integers(0, 256, (count, side, side)))
    of_images = idx(random.integers(0, 10, count) if labels is None else labels)
    return {
        f"{part}-{kind}": content
        for part in ("train", "t10k")
        for kind, content in (("images-idx3-ubyte", images), ("labels-idx1-ubyte", of_images))
    }


RAW = {
    "labels of 32 bits": (
        "labels",
        {**digits(300), "train-labels-idx1-ubyte": bytes([0, 0, 12, 1, 0, 0, 1, 44]) + bytes(1200)},
    ),
    "300 labels for 200 images": ("labels", {**digits(200), "train-labels-idx1-ubyte": idx(np.zeros(300))}),
    "images of 32 x 32": ("28 x 28", digits(300, side=32)),
    "labels from 1 to 26": ("labels up to 26", digits(300, np.arange(300) % 26 + 1)),
    "no images at all": ("images", digits(0)),
    "text": ("another file", {**digits(300), "train-images-idx3-ubyte": b"<html>not found</html>"}),
    "nothing": ("another file", {**digits(300), "train-images-idx3-ubyte": b""}),
}


@pytest.mark.parametrize("case", RAW)
def test_images_of_ones_own_are_not_what_the_study_takes(study: Study, case: str):
    """With their right SHA-256 in params.yaml."""
    named, contents = RAW[case]
    own(study, contents)
    study.refused("fetch", named)


def own(study: Study, contents: dict[str, bytes]) -> None:
    """Other raw files in the place of MNIST's, and in params.yaml."""
    for name, content in contents.items():
        (study / "spare" / name).write_bytes(content)
        edit(study / "params.yaml", rf"{name}: [0-9a-f]+", f"{name}: {hashlib.sha256(content).hexdigest()}")


def test_a_gzipped_file_unpacks_without_an_end(study: Study):
    name = "train-images-idx3-ubyte"
    drop(study / "spare" / name, study / "data", study / NETWORK)
    bomb = gzip.compress(bytes([0, 0, 8, 3, 0, 0, 234, 96, 0, 0, 0, 28, 0, 0, 0, 28]) + bytes(200_000_000))
    (study / "spare" / f"{name}.gz").write_bytes(bomb)
    study.refused("fetch", name, "too long")


@pytest.mark.parametrize("package", ["./folder", "git+https://a.b/c", "a", "a@latest", "--help"])
def test_a_package_is_none_of_the_registry(study: Study, package: str):
    drop(study / "data", study / NETWORK)
    edit(study / "tests/faults/params.yaml", r"directory:spare", json.dumps(f"npm:{package}:data"))
    study.refused("fetch", package, "NAME@VERSION")
