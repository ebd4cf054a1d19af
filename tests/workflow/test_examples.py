"""The specialists in git decide alike as ONNX, in node, out of a C compiler and in a page, on the real test images."""

import json
import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from checkout import ROOT
from selenium.webdriver.support.ui import WebDriverWait
from sources import answers

from specdnn.data import idx
from specdnn.export import LANGUAGES, source

EXAMPLES = ROOT / "examples/lenet_5"
LABELS = range(10)


@pytest.fixture(scope="module")
def test_images(data: Path) -> idx.Split:
    return idx.load(data / "mnist/dataset.json", "test", 10_000)


def by_onnx(label: int, pixels: np.ndarray) -> np.ndarray:
    running = onnxruntime.InferenceSession(EXAMPLES / f"class{label}.onnx")
    return running.run(None, {"pixels": pixels})[0][:, 0]


@pytest.mark.parametrize("label", LABELS)
def test_source_code_decides_as_the_onnx_file_on_every_test_image(label: int, test_images: idx.Split, tmp_path: Path):
    expected = by_onnx(label, test_images.pixels)
    for language, ending in LANGUAGES.items():
        text = (EXAMPLES / f"class{label}{ending}").read_text()
        found = answers(text, language, test_images.pixels, tmp_path, f"class{label}")
        assert len(found) == 10_000
        assert ((found > 0.5) == (expected > 0.5)).all()
        assert np.abs(found - expected).max() < 1e-5


@pytest.mark.parametrize("label", LABELS)
def test_the_card_says_what_the_file_scores(label: int, test_images: idx.Split):
    said = (EXAMPLES / f"class{label}.card.md").read_text()
    right = (by_onnx(label, test_images.pixels) > 0.5) == (test_images.labels == label)
    assert f"| accuracy | **{100 * right.mean():.2f} %** |" in said
    assert right.mean() > 0.98


def test_all_files_of_a_specialist_come_from_one_training():
    for label in LABELS:
        networks = [EXAMPLES / f"class{label}{ending}" for ending in LANGUAGES.values()]
        records = [json.loads(path.read_text().rpartition(source.MARK)[2].strip(" */\n")) for path in networks]
        card = (EXAMPLES / f"class{label}.card.md").read_text()
        assert records[0]["inputs"] == records[1]["inputs"]
        assert records[0]["inputs"]["retrained"] in card


def test_the_page_of_docs_export_answers(browser, tmp_path: Path):
    (page,) = re.findall(r"^```html\n(.*?)^```", (ROOT / "docs/export.md").read_text(), re.DOTALL | re.MULTILINE)
    assert len(page.splitlines()) <= 15
    (tmp_path / "index.html").write_text(page)
    for name in ("class3.mjs", "digit.png"):
        shutil.copy(EXAMPLES / name, tmp_path)
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.get(f"http://127.0.0.1:{server.server_port}/")
        answer = WebDriverWait(browser, 20).until(lambda page: re.search(r"([\d.]+) %", page.page_source))
        server.shutdown()
    assert float(answer[1]) > 50
