"""The library as a package: what it declares is what it imports, and what is said twice says the same."""

import ast
import re
import sys
import tomllib
from collections import Counter
from importlib.metadata import packages_distributions

import yaml
from support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BEHIND_PANDAS = {"jinja2", "tabulate"}  # to_latex and to_markdown import them


def imported() -> set[str]:
    """Distributions that src/specdnn imports."""
    modules = set()
    for file in (ROOT / "src/specdnn").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add((node.module or "").split(".")[0])
    homes = packages_distributions()
    return {homes[module][0].lower() for module in modules - sys.stdlib_module_names - {"specdnn"}}


def names(file: str) -> list[str]:
    return re.findall(r"^[a-z0-9][a-z0-9-]*(?===)", (ROOT / file).read_text(), re.MULTILINE)


def test_the_package_depends_on_what_it_imports():
    assert set(PROJECT["dependencies"]) == imported() | BEHIND_PANDAS


def test_the_lock_has_every_dependency():
    assert set(PROJECT["dependencies"]) <= set(names("requirements.txt"))


def test_constraints_are_the_lock_without_hashes():
    lock = re.findall(r"^([a-z0-9]\S*==.*?) *\\$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert (ROOT / "constraints.txt").read_text().splitlines() == lock


def test_the_citation_is_of_this_version():
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == PROJECT["version"]


def test_no_two_modules_that_the_tests_import_have_one_name():
    """Tests import from several folders, their own among them, and the first of one name hides the others."""
    folders = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["pythonpath"]
    tests = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    modules = Counter(path.stem for folder in tests | {*folders} for path in (ROOT / folder).glob("*.py"))
    assert {name for name, times in modules.items() if times > 1} <= {"conftest"}
