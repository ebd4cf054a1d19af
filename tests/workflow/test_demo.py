"""The demo in a real browser: it answers as torch does, at once, from its own folder, on a phone and by keyboard.

Its specialists need no runtime, and what they say is what their ONNX files say.
"""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import numpy as np
import pytest
import torch
from browsers import BROWSER
from checkout import ROOT, snakemake

from specdnn.data.protocols import test_split as images_of
from specdnn.export.files import answers, load_network
from specdnn.networks import models
from specdnn.networks.network import Network, logits
from specdnn.selection.specialist import load_dense, load_retrained, load_specialist

NODE, NPM = shutil.which("node"), shutil.which("npm")
DRIVER = ROOT / "tests/browser"
NETWORKS = ("lenet_300_100/tiny_coarse", "lenet_300_100/released", "lenet_5/released")
EACH = 10  # images of every digit
PATIENCE = 50  # milliseconds

Visit = Callable[[str], dict]


@pytest.fixture(scope="module")
def site(smoke: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke study with the demo of two classes, in a copy: others look at it too."""
    if not NPM:
        pytest.skip("needs npm (Debian: npm), which fetches ONNX Runtime")
    folder = Path(shutil.copytree(smoke, tmp_path_factory.mktemp("demo") / "study"))
    snakemake(folder, "--", "demo")
    return folder / "smoke/results/demo"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """A test says what went wrong by itself."""


def serve(folder: Path) -> Iterator[str]:
    """The folder as `make demo` serves it, on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def visitor(url: str, site: Path, screenshots: Path) -> Visit:
    """Runs a scenario of tests/browser/demo.mjs and returns what it saw."""
    if not (NODE and BROWSER and (DRIVER / "node_modules/playwright-core").is_dir()):
        pytest.skip("needs node, a browser (Debian: nodejs, chromium) and playwright-core (make browser)")

    def visit(scenario: str) -> dict:
        done = subprocess.run(
            [NODE, DRIVER / "demo.mjs", scenario, url, site, screenshots],
            env={**os.environ, "CHROMIUM": BROWSER},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        assert seen.pop("elsewhere") == [], "something was asked of another server"
        return seen

    return visit


@pytest.fixture
def visit(site: Path, tmp_path: Path) -> Iterator[Visit]:
    for url in serve(site):
        yield visitor(url, site, tmp_path)


def probabilities(network: Network, images: torch.Tensor) -> np.ndarray:
    return torch.sigmoid(logits(network, network.prepare(images), batch_size=100)).numpy()


def truth(study: Path, results: Path, network: str, classes: list[int], test_images: int) -> dict[str, np.ndarray]:
    """What torch says of the first ten test images of every digit: dense, 100 x 10, and specialist, 100 x classes."""
    model, method = network.split("/")
    of = f"held_out/mnist/{model}/seed1"
    card, dense_path = study / "data/mnist/dataset.json", results / f"train/{of}/best.safetensors"
    test = images_of(card, test_images)
    chosen = torch.stack([torch.nonzero(test.labels == digit)[:EACH, 0] for digit in range(10)], dim=1).flatten()
    images = test.images[chosen]
    dense = Network(models.load(model)).load(load_dense(dense_path, model))
    answers = []
    for label in classes:
        best = results / f"retrain/{of}/{method}/class{label}/best.safetensors"
        selection = results / f"specialize/{of}/{method}/class{label}/selection.json"
        specialist = load_specialist(selection, dense_path, best)
        tensors, _ = load_retrained(best, specialist, {"data": card, "dense": dense_path})
        small = Network(specialist.architecture, specialist.kept, (label,)).load(tensors)
        answers.append(probabilities(small, images))
    return {"dense": probabilities(dense, images), "specialist": np.hstack(answers)}


def check_answers(found: dict, study: Path, results: Path, classes: list[int], test_images: int) -> None:
    """Every probability to 1e-5 and every decision of the page, for all networks, are torch's."""
    assert tuple(found) == NETWORKS, "the recipe first, the paper's a click away"
    for network, pictures in found.items():
        expected = truth(study, results, network, classes, test_images)
        assert len(pictures) == 10 * EACH
        dense = np.array([picture["dense"] for picture in pictures])
        specialist = np.array([picture["specialist"] for picture in pictures], dtype=float)
        assert np.abs(dense - expected["dense"]).max() < 1e-5
        assert np.abs(specialist[:, classes] - expected["specialist"]).max() < 1e-5
        assert np.isnan(np.delete(specialist, classes, axis=1)).all(), "an answer without a specialist"
        yes = [[str(classes[column]) for column in np.flatnonzero(row > 0.5)] for row in expected["specialist"]]
        assert [picture["yes"] for picture in pictures] == yes
        assert [int(picture["largest"]) for picture in pictures] == expected["dense"].argmax(axis=1).tolist()
        for place, picture in enumerate(pictures):
            assert picture["verdict"].endswith(f"Dense network: {picture['largest']}. Test image of a {place % 10}.")
            assert place % 10 not in classes or picture["whose"] == f"Specialist {place % 10}"


@pytest.fixture(scope="module")
def found(site: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the page answers for every image of its gallery."""
    for url in serve(site):
        return visitor(url, site, tmp_path_factory.mktemp("answers"))("answers")["found"]


def test_it_answers_for_a_hundred_test_images_as_torch_does(site: Path, found: dict):
    check_answers(found, site.parents[2], site.parent, classes=[0, 1], test_images=1000)


def test_a_specialist_in_the_page_is_the_one_in_its_onnx_file(site: Path, found: dict):
    images = np.fromfile(site / "images.bin", dtype=np.uint8).reshape(-1, 28, 28)
    for network, pictures in found.items():
        for label in (0, 1):
            graph = load_network(site / f"networks/{network}/class{label}.onnx", {})
            expected = answers(graph, images, batch_size=100)[0][:, 0]
            in_page = np.array([picture["specialist"][label] for picture in pictures])
            assert np.abs(in_page - expected).max() < 1e-5
            assert [str(label) in picture["yes"] for picture in pictures] == (expected > 0.5).tolist()


def test_so_does_the_demo_of_the_full_study(tmp_path: Path):
    site = ROOT / "results/demo"
    if not (site / "study.json").exists():
        pytest.skip("needs the full study and its demo (make demo)")
    for url in serve(site):
        seen = visitor(url, site, tmp_path)("answers")["found"]
    check_answers(seen, ROOT, site.parent, classes=list(range(10)), test_images=10_000)


def test_a_drawing_is_answered_in_less_than_50_ms(visit: Visit):
    seen = visit("drawing")
    print(f"milliseconds from a drawing's end to its answers: {', '.join(f'{took:.0f}' for took in seen['took'])}")
    assert len(seen["took"]) == len(NETWORKS) * 4  # drawings
    assert median(seen["took"]) < PATIENCE
    assert all("Dense network: " in entry["verdict"] for entry in seen["seen"])
    assert seen["cleared"] == "Nothing to look at yet.Draw a digit, or pick a test image."


def test_everything_comes_from_the_folder_and_its_policy_forbids_the_rest(site: Path, visit: Visit):
    seen = visit("requests")
    asked = {"/".join(request.split("/")[3:]) or "index.html" for request in seen["requests"]}
    there = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    for_others = re.compile(r".*\.sha256|.*/class\d\.(onnx|h)")  # seals, and what is only downloaded
    assert asked == {path for path in there if not for_others.fullmatch(path)}
    assert set(seen["refused"]["directives"]) == {"connect-src", "script-src-elem", "img-src"}
    assert not seen["refused"]["inlined"]


def test_a_phone_shows_it_without_sideways_scrolling_and_takes_a_finger(visit: Visit):
    seen = visit("phone")
    assert seen["widths"] == [width for width in (390, 360, 320) for _ in NETWORKS]
    assert "Dense network: " in seen["verdict"]
    assert "Test image" not in seen["verdict"], "the finger drew nothing"
    assert seen["scrolled"] == 0, "drawing moved the page"
    assert seen["smallest"] >= 24, "too small for a finger (WCAG 2.5.8)"


def shown(size: int) -> str:
    """Bytes in the page's words."""
    return f"{size / 1e3:.1f}\u00a0kB" if size < 1e6 else f"{size / 1e6:.1f}\u00a0MB"


def test_the_verdict_is_in_view_wherever_an_image_is_picked_and_nothing_scrolls(visit: Visit):
    seen = visit("verdicts")["seen"]
    assert len(seen) == 6
    for pick in seen:
        assert pick["verdict"], pick
        assert pick["picked"], f"hidden: {pick}"
        assert pick["scrolled"] == 0, pick
        assert f"Test image of {pick['label'].split(',')[0]}." in pick["says"]


def test_specialists_answer_while_the_runtime_loads_and_where_it_never_comes(site: Path, visit: Visit):
    seen = visit("runtime")
    assert seen["answered"], "the runtime was never asked for"
    assert set(seen["answered"]) == {2}, "the runtime was asked for before the specialists had answered"
    nothing = ["–"] * 8
    for state in ("loading", "loaded", "without", "drawn"):
        told = seen[state]
        assert [float(cell.removeprefix("yes ")) >= 0 for cell in told["specialists"][:2]] == [True, True]
        assert told["specialists"][2:] == nothing
    first, loading, loaded, without = "No specialist says yes.", seen["loading"], seen["loaded"], seen["without"]
    parts = ("runtime/ort-wasm-simd-threaded.wasm", f"networks/{NETWORKS[0]}/dense.onnx")
    size = shown(sum((site / part).stat().st_size for part in parts))
    assert loading["verdict"] == f"{first}Dense network: loading, {size}."
    assert loading["dense"] == ["…"] * 10
    assert loaded["verdict"].startswith(f"{first}Dense network: ")
    assert [0 <= float(cell) <= 1 for cell in loaded["dense"]] == [True] * 10
    assert loading["why"] == loaded["why"] == ""
    assert without["verdict"] == f"{first}Dense network: none. Test image of a 7."
    assert without["dense"] == seen["drawn"]["dense"] == ["–"] * 10
    assert re.fullmatch(r"The dense network does not answer: runtime/\S+ could not be loaded\. .*", without["why"])
    assert seen["drawn"]["verdict"].endswith("Dense network: none.")
    assert seen["status"].startswith("2 answers in ")


def test_every_network_can_be_downloaded_under_a_name_that_says_what_it_is(site: Path, visit: Visit):
    seen = visit("downloads")
    expected = []
    for network in NETWORKS:
        files = [f"class{label}.{ending}" for label in (0, 1) for ending in ("onnx", "mjs", "h")]
        expected += [(f"/networks/{network}/{file}", f"specdnn_{network.replace('/', '_')}_{file}") for file in files]
        expected.append((f"/networks/{network}/dense.onnx", f"specdnn_{network.split('/')[0]}_dense.onnx"))
    assert [(link["path"], link["name"]) for link in seen["links"]] == expected
    for link in seen["links"]:
        file = site / link["path"].lstrip("/")
        assert link["says"] == f"{file.name}, {shown(file.stat().st_size)}"
    assert seen["saved"] == "specdnn_lenet_5_released_class1.mjs"
    assert seen["kept"] == (site / "networks/lenet_5/released/class1.mjs").read_text()
    code = "https://github.com/wdunicornpro/SpecDNN"
    assert seen["others"] == [f"{code}/blob/HEAD/tex/Group_10.pdf", code]


def test_it_works_by_keyboard_and_focus_shows(visit: Visit):
    seen = visit("keyboard")
    links = ["A"] * 3
    assert [stop["name"] for stop in seen["stops"]] == ["model", "clear", "specialist", "A", *links, "image", "A", "A"]
    assert all(stop["shows"] and stop["label"].strip() for stop in seen["stops"])
    digits = [verdict[-2] for verdict in (seen["first"], *seen["picked"])]
    assert digits == ["7", "6", "7"]
    assert seen["below"] == 10, "down is the next image of the same digit"
    assert set(seen["whose"]) == {"Specialist 0", "Specialist 1"}, "down is the next specialist"
    assert "266,610" in seen["sizes"][0]
    assert "431,080" in seen["sizes"][1]
    assert [about.split(",")[0] for about in seen["abouts"]] == [
        "At most one hidden layer on means of pixels",
        "As in the paper: units by its rule",
        "As in the paper: units by its rule",
    ]


def test_light_and_dark_are_two_looks_and_both_can_be_read(visit: Visit, tmp_path: Path):
    seen = visit("schemes")
    assert seen["light"]["paper"] != seen["dark"]["paper"]
    assert (seen["light"]["ink"], seen["dark"]["ink"]) == ("none", "invert(1)")
    for scheme, look in seen.items():
        faint = {text: ratio for text, ratio in look["texts"] if ratio < 4.5}
        assert not faint, f"{scheme}: {faint}"
        assert len(look["texts"]) > 150
        for network in NETWORKS:
            assert (tmp_path / f"{scheme}_{network.replace('/', '_')}.png").stat().st_size > 20_000


def test_nothing_jumps_and_bars_stand_still_for_those_who_want_that(visit: Visit):
    seen = visit("steadiness")
    assert seen["shifts"] < 0.01
    assert (seen["moving"], seen["still"]) == ("0.12s", "0s")


def test_what_is_missing_is_named(visit: Visit):
    seen = visit("broken")
    lost = "networks/lenet_300_100/tiny_coarse/{} could not be loaded. Reload the page, or run make demo again."
    assert seen["dense"] == f"The dense network does not answer: {lost.format('dense.onnx')}"
    assert seen["specialist"] == f"This does not work here: {lost.format('class0.mjs')}"
    assert "make demo" in seen["file"]


def test_a_digit_of_mnist_enlarged_and_drawn_elsewhere_comes_back_as_it_was(data: Path):
    if not NODE:
        pytest.skip("needs node (Debian: nodejs)")
    images = (data / "mnist/t10k-images-idx3-ubyte").read_bytes()[16:][: 1000 * 28 * 28]
    command = [NODE, DRIVER / "preprocess.mjs", ROOT / "demo/preprocess.js", "3"]
    made = subprocess.run(command, input=images, capture_output=True, check=True).stdout
    before, after = (np.frombuffer(content, dtype=np.uint8).reshape(-1, 28 * 28) for content in (images, made))
    assert (before == after).all(axis=1).mean() > 0.998  # a centre of mass between two pixels may go either way


def test_a_second_demo_does_nothing_and_a_changed_page_copies_only(site: Path):
    folder = site.parents[2]
    assert "Nothing to be done" in snakemake(folder, "-n", "--", "demo")
    (folder / "demo/style.css").write_text((folder / "demo/style.css").read_text() + "\n")
    printed = snakemake(folder, "-n", "--", "demo")
    assert "demo_page" in printed
    assert "demo_networks" not in printed
