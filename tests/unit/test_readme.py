"""README.md and docs say what the study's files say."""

import operator
import re
from pathlib import Path

import pytest
import yaml
from support import run_here, script_module

from specdnn.errors import UserError
from specdnn.report.numbers import FORMATS, QUOTED, Number, numbers

readme = script_module("readme")
ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))]
RELATIONS = {"<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt}
with (ROOT / "docs/claims.yaml").open(encoding="utf-8") as file:  # of a file YAML's errors say the name
    CLAIMS = yaml.safe_load(file)
ADVICE = "a column that a claim needs stands in QUOTED of src/specdnn/report/numbers.py, for its table"


@pytest.fixture(scope="module")
def found() -> dict[str, Number]:
    return numbers(ROOT / "results", ROOT / "published")


def test_the_numbers_in_git_are_those_of_the_tables(tmp_path: Path):
    flags = {"results": ROOT / "results", "published": ROOT / "published", "numbers": tmp_path / "numbers.json"}
    assert run_here("text_numbers", flags).returncode == 0
    written = (ROOT / "results/tables/numbers.json").read_text()
    assert flags["numbers"].read_text() == written, "run `make readme`"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_present_numbers_and_tables(page: str, found, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    text = Path(page).read_text()
    assert readme.refreshed(page, text, {key: number.text for key, number in found.items()}) == text, (
        "run `make readme`"
    )


def test_the_numbers_in_git_are_the_quotable_ones_alone():
    """A key for every cell of every table would be megabytes in every clone."""
    assert (ROOT / "results/tables/numbers.json").stat().st_size < 1_000_000
    keys = {key for page in PAGES for _, key in readme.KEYED.findall((ROOT / page).read_text())}
    keys |= {word for claim in CLAIMS for held in claim["holds"] for word in held.split()[::2]}
    wanted = {(re.sub("^table.*", "", key.split(".")[0]), key.split(".")[-1]) for key in keys}
    listed = {(of.prefix.split(".")[0], column) for of in QUOTED.values() for column in of.columns.split()}
    assert listed - wanted == set(), "no page quotes these and no claim needs them: take them out of QUOTED"
    assert {column for _, column in listed} == {*FORMATS}, "QUOTED and KINDS name the same columns"


def value(word: str, found: dict[str, Number]) -> float:
    """Of a key, or the number that stands there."""
    try:
        return found[word].value if word in found else float(word)
    except ValueError:
        pytest.fail(f"no key is {word}; {ADVICE}")


def broken(claim: str, found: dict[str, Number]) -> list[str]:
    """The instances of a claim that do not hold; a * of its second key stands for what the first one's does."""
    left, relation, right = claim.split()
    pattern = re.escape(left).replace(r"\*", "(.+)").replace(r"\[", "[").replace(r"\]", "]")
    matches = [match for key in found if (match := re.fullmatch(pattern, key))]
    assert matches, f"no key is {left}; {ADVICE}"
    wrong = []
    for match in matches:
        other = right.replace("*", match[1]) if "*" in right else right
        if not RELATIONS[relation](found[match[0]].value, value(other, found)):
            wrong.append(f"{match[0]} is {found[match[0]].value}, not {relation} {other}")
    return wrong


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim['page']}: {claim['words'][:50]}")
def test_a_sentence_that_depends_on_numbers_is_true_and_on_its_page(claim: dict, found):
    text = re.sub("<!--.*?-->", "", (ROOT / claim["page"]).read_text(), flags=re.DOTALL)
    assert claim["words"] in " ".join(text.split())
    assert [line for held in claim["holds"] for line in broken(held, found)] == []


def test_a_claim_that_does_not_hold_is_told():
    found = {"a.1.x": Number(1, "1"), "a.2.x": Number(3, "3"), "b.1": Number(2, "2"), "b.2": Number(2, "2")}
    assert broken("a.1.x < 2", found) == []
    assert broken("a.*.x < b.*", found) == ["a.2.x is 3, not < b.2"]


@pytest.mark.parametrize("claim", ["a.1.y < 2", "a.*.y < 2", "a.1.x < b.2.y"])
def test_a_claim_about_a_column_without_keys_is_told_where_to_add_it(claim: str):
    with pytest.raises((AssertionError, pytest.fail.Exception), match=re.escape(f"y; {ADVICE}")):
        broken(claim, {"a.1.x": Number(1, "1"), "b.2.x": Number(2, "2")})


def test_a_number_is_refreshed_in_its_place_and_nothing_else_changes():
    text = "It is 3.1 %<!-- a -->, or −1,234.5\n%<!-- b -->, new: ?<!-- a -->; 4 of 5 %.\n"
    assert readme.refreshed("page.md", text, {"a": "97.59 %", "b": "±0.0"}) == (
        "It is 97.59 %<!-- a -->, or ±0.0<!-- b -->, new: 97.59 %<!-- a -->; 4 of 5 %.\n"
    )


def test_a_section_is_embedded_by_the_beginning_of_its_title(tmp_path: Path):
    table = tmp_path / "table.md"
    table.write_text("## All\n\n**One: of 3**\n\n| 1 |\n\nNote.\n\n**Two**\n\n| 2 |\n")
    for place, content in (
        (f"{table}#One", "**One: of 3**\n\n| 1 |"),
        (f"notes {table}#One", "Note."),
        (table, "**All**\n\n| 1 |"),
    ):
        begin, end = f"<!-- begin {place} -->\n", "<!-- end -->\n"
        assert readme.refreshed("page.md", f"{begin}old\n{end}", {}) == f"{begin}\n{content}\n\n{end}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It is 3<!-- a.b -->.", "page.md: there is no number of the key a.b"),
        ("It is <!-- a -->.", "page.md: no number stands before the key a"),
        ("<!-- begin none.md -->\n<!-- end -->", "page.md: there is no none.md"),
        ("<!-- begin README.md#None -->\n<!-- end -->", "page.md: 0 sections of README.md begin with 'None'"),
    ],
)
def test_what_is_not_there_is_refused_by_page_and_name(text: str, said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(UserError, match=re.escape(said)):
        readme.refreshed("page.md", text, {"a": "1"})


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("a.1.z", "add the column z to its table in QUOTED of src/specdnn/report/numbers.py, and to KINDS how"),
        ("a.1.y", "y of this row is empty in its table"),
        ("a.3.x", "results/tables/numbers.json has all keys, of the tables and columns in QUOTED of src"),
        ("z", "results/tables/numbers.json has all keys"),
    ],
)
def test_a_number_that_no_page_has_quoted_so_far_is_told_where_to_add_it(key: str, said: str):
    numbers = {"a.1.x": "1", "a.2.x": "2", "a.2.y": "3"}
    with pytest.raises(UserError, match=re.escape(f"page.md: there is no number of the key {key}; {said}")):
        readme.refreshed("page.md", f"?<!-- {key} -->", numbers)


def test_an_unknown_key_is_one_line_and_leaves_the_page(tmp_path: Path):
    page, keys = tmp_path / "page.md", tmp_path / "numbers.json"
    page.write_text("3<!-- a -->")
    keys.write_text("{}")
    done = run_here("readme", {"numbers": keys, "pages": page})
    assert (done.returncode, done.stderr.count("\n"), page.read_text()) == (2, 1, "3<!-- a -->")


def test_numbers_need_no_study_to_have_run(tmp_path: Path):
    assert numbers(tmp_path, ROOT / "published") == {}
