"""What every file of rules must keep to."""

import re
import shlex
import subprocess

import pytest
from support import ROOT

COMMAND = re.compile(r"^    shell:\n((?:        .*\n)+)", re.MULTILINE)
UNQUOTED = re.compile(r"\{((?:input|output|log|params|wildcards|resources)\b[^}]*?)(?<!:q)\}")
# A param that `flags` has quoted, or that is written out in the rule.
QUOTED = r"(?:lambda [\w, ]+: )?(?:flags|observed|trained_flags|program_flags|source_flags)\b|\""
NUMBERS = {"timeout"}  # by the schema
RULES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "rules").rglob("*.smk"))


@pytest.mark.parametrize("path", RULES)
def test_what_a_command_is_given_is_quoted(path: str):
    """A path or a title may hold spaces, semicolons and quotes: only `flags` and `:q` make them arguments."""
    text = (ROOT / path).read_text(encoding="utf-8")
    quoted = set(re.findall(rf"^ +(\w+)=(?:{QUOTED})", text, re.MULTILINE))
    unquoted = {*UNQUOTED.findall("".join(COMMAND.findall(text)))} - {f"params.{name}" for name in quoted | NUMBERS}
    assert not unquoted, "they need :q"


@pytest.mark.parametrize("title", ["a </script><script>alert(1)</script>", "<'<\"<", "p < 0.05", "it's"])
def test_a_title_reaches_the_script_and_ends_no_script_of_the_report(title: str):
    text = (ROOT / "rules/common.smk").read_text(encoding="utf-8")
    rules: dict = {"shlex": shlex}
    exec(text[text.index("LESS = ") : text.index("def table_files")], rules)
    flag, argument = rules["flags"]({"title": title}).split(" ", maxsplit=1)
    assert flag == "--title"
    assert "<" not in argument
    assert subprocess.run(["bash", "-c", f"printf %s {argument}"], capture_output=True, text=True).stdout == title
