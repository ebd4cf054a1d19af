"""The report: one file, complete, and alive in a real browser with no network."""

import base64
import re
from pathlib import Path

import pytest
from checkout import snakemake
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait


@pytest.fixture(scope="module")
def report(smoke: Path) -> Path:
    snakemake(smoke, "--report", "smoke/report.html")
    return smoke / "smoke/report.html"


def test_the_report_is_one_file_with_every_table_and_figure(report: Path):
    text = report.read_text()
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=[\"']https?:", text)
    embedded = dict(re.findall(r"data:[\w/+;=-]+filename=([\w.]+);base64,([A-Za-z0-9+/=]+)", text))
    assert b"<title>Table I. LeNet-300-100" in base64.b64decode(embedded["table1_lenet_300_100.html"])
    assert b"<title>Table II. LeNet-5" in base64.b64decode(embedded["table2_lenet_5.html"])
    for figure in ("table1_lenet_300_100_kept.svg", "table2_lenet_5_kept.svg", "table1_lenet_300_100_curves.svg"):
        assert b"</svg>" in base64.b64decode(embedded[figure])


@pytest.mark.parametrize(
    ("category", "shown", "by"),
    [("Tables", "Table I. LeNet-300-100", "iframe"), ("Training curves", None, "img"), ("What is kept", None, "img")],
)
def test_a_browser_without_network_shows_it(report: Path, browser, category: str, shown: str | None, by: str):
    browser.get(report.as_uri())
    wait = WebDriverWait(browser, 20)
    wait.until(lambda b: "SpecDNN, regenerated" in b.page_source)
    wait.until(lambda b: b.find_elements(By.XPATH, f"//*[text()='{category}']"))[0].click()
    row = wait.until(lambda b: b.find_elements(By.XPATH, "//tr[.//*[text()='table1_lenet_300_100']]"))[0]
    row.find_elements(By.CSS_SELECTOR, "a")[0].click()
    if by == "iframe":
        browser.switch_to.frame(wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, "iframe"))[0])
        wait.until(lambda b: shown in b.page_source)
    else:
        find = "img[src*='table1_lenet_300_100']"
        image = wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, find))[0]
        wait.until(lambda b: b.execute_script("return arguments[0].complete && arguments[0].naturalWidth > 300", image))
    assert not [entry for entry in browser.get_log("browser") if "ERR_NAME_NOT_RESOLVED" in entry["message"]]
