"""params.yaml is read strictly: what two readers of YAML would take for different values is refused by its place."""

from pathlib import Path

import pytest
import yaml
from checkout import run as in_folder
from params_file import places
from snakemake.exceptions import WorkflowError
from support import ROOT


@pytest.mark.parametrize("path", [ROOT / "params.yaml", *sorted((ROOT / "tests/smoke").glob("*.yaml"))], ids=str)
def test_the_files_of_this_package_are_read_with_the_place_of_every_value(path: Path):
    def values(value: object, key: tuple = ()) -> dict[tuple, object]:
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return {key: value} | {at: found for name, item in inner for at, found in values(item, (*key, name)).items()}

    text, found = path.read_text().splitlines(), places(path)
    expected = values(yaml.safe_load(path.read_text()))
    assert found.keys() == expected.keys()
    for key, place in found.items():
        *file, line, column = place.split(":")
        assert ":".join(file) == str(path)
        if key and isinstance(key[-1], str):
            assert text[int(line) - 1][int(column) - 1 :].startswith(f"{key[-1]}:")


ACCEPTED = ["1", "-1", "0", "0.1", "1.0e-05", "true", "null", "~", "own", "'010'", '"yes"', "a, b", "x:y", "&a [1]"]


@pytest.mark.parametrize("value", ACCEPTED)
def test_what_both_read_alike_is_accepted(value: str, tmp_path: Path):
    path = tmp_path / "params.yaml"
    path.write_text(f"train:\n  lr: {value}\n")
    assert places(path)["train", "lr"] == f"{path}:2:3"


AMBIGUOUS = {  # word: what Snakemake and DVC take it for
    "010": "8 to Snakemake and 10 to DVC",
    "0o10": "'0o10' to Snakemake and 8 to DVC",
    "08": "'08' to Snakemake and 8 to DVC",
    "1e-3": "'1e-3' to Snakemake and 0.001 to DVC",
    "1:30": "90 to Snakemake and '1:30' to DVC",
    "yes": "True to Snakemake and 'yes' to DVC",
    "No": "False to Snakemake and 'No' to DVC",
    "on": "True to Snakemake and 'on' to DVC",
    "OFF": "False to Snakemake and 'OFF' to DVC",
    "1_000": "1000 to some programs and text to others; write 1000, or quote it",
}
NESTED = "".join(f"{new}: &{new} [{f'*{old}, ' * 9}]\n" for old, new in zip("abcde", "bcdef", strict=True))
FAULTS = {  # text, and what is said behind the file's name
    **{word: (f"train:\n  lr: {word}\n", f":2:7: {word} is {readings}") for word, readings in AMBIGUOUS.items()},
    **{word: (f"a: [1,\n {word}]", f":2:2: {word}, expected a finite number") for word in (".nan", ".inf", "-.INF")},
    "key_yes": ("yes: 1", ":1:1: yes is True to Snakemake and 'yes' to DVC"),
    "key_number": ("a:\n  1: 2", ":2:3: 1, expected a name before the colon; quote it"),
    "key_list": ("? [a]\n: 1", ":1:3: expected a name before the colon"),
    "key_twice": ("a:\n  b: 1\n  c: 2\n  b: 3", ":4:3: b has a value in line 2 already; delete one"),
    "key_twice_json": ('{"a": 1,\n"a": 2}', ":2:1: a has a value in line 1 already; delete one"),
    "merge": ("a: &a {b: 1}\nc:\n  <<: *a", ":3:3: <<"),
    "date": ("a: 2026-01-01", ":1:4: 2026-01-01 is none of what a value may be; expected text, a number, a list"),
    "tag": ("a: !!python/tuple [1]", ":1:4: tag:yaml.org,2002:python/tuple is none of what a value may be"),
    "digits": (f"a: {'1' * 5000}", ":1:4: 11111111111111111111… cannot be read; write another value"),
    "yte": ("a: 1\n__use_yte__: true", ":2:1: __use_yte__ asks Snakemake to run the file as a program (YTE)"),
    "yte_definitions": ("__definitions__:\n - import os", ":1:1: __definitions__ asks Snakemake to run"),
    "yte_if": ("a:\n  ?if True:\n    b: 1", ":2:3: ?if True asks Snakemake to run"),
    "yte_for": ("a:\n  ?for i in range(3):\n    b: 1", ":2:3: ?for i in range(3) asks Snakemake to run"),
    "syntax": ("a: 1\nb: [1, 2", ":2:9: expected ',' or ']', but got '<stream end>'; correct the YAML"),
    "tab": ("a:\n\tb: 1", ":2:1: found character '\\t' that cannot start any token; correct the YAML"),
    "two_documents": ("a: 1\n---\nb: 2", ":2:1: but found another document; correct the YAML"),
    "empty": ("# all of it is gone\n", ":1:1: nothing, expected keys with values, such as `study:`"),
    "list": ("- a\n- b", ":1:1: a list, expected keys with values"),
    "word": ("train", ":1:1: a value, expected keys with values"),
    "nul": ("a: 1\nb: \0", ":2:4: character 0x0, expected text; delete it"),
    "latin_1": ("a: 1\ntitle: é", ":2:8: byte 0xe9, expected UTF-8; save it as that"),
    "deep": ("a: " + "[" * 5000, ": lists within lists without an end; write it flat"),
    "endless": ("a: &a [*a]", ": lists within lists without an end; write it flat"),
    "bomb": (f"a: &a [x, x]\n{NESTED}", ": more than 100,000 values, its aliases written out; write fewer"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_by_file_line_and_column(fault: str, tmp_path: Path):
    text, message = FAULTS[fault]
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(WorkflowError) as refused:
        places(path)
    assert str(refused.value).startswith(f"{path}{message}")


def test_snakemake_uses_nothing_of_a_file_before_it_is_checked(tmp_path: Path):
    program = "__use_yte__: true\n__definitions__:\n  - open('ran', 'w')\n"
    (tmp_path / "params.yaml").write_text(program)
    (tmp_path / "Snakefile").write_text(f'include: "{ROOT}/rules/params.smk"\nconfigfile: "params.yaml"\n')
    done = in_folder(tmp_path, "snakemake", "-n", check=False)
    assert done.returncode == 1
    assert "\nparams.yaml:1:1: __use_yte__ asks Snakemake to run the file as a program (YTE)" in done.stdout
    assert not (tmp_path / "ran").exists()
    real = (ROOT / "Snakefile").read_text()
    assert real.index('include: "rules/params.smk"') < real.index("configfile:")


BEFORE = {  # of a file of --configfile: content, and what is said behind its name
    "broken": ("train:\n  epochs: [1, 2\n", ":3:1: expected ',' or ']', but got '<stream end>'; correct the YAML"),
    "list": ("- a\n", ":1:1: a list, expected keys with values"),
    "latin_1": ("title: é", ":1:8: byte 0xe9, expected UTF-8; save it as that"),
    "program": ("__use_yte__: true\n__definitions__:\n  - open('{ran}', 'w')\n", ":1:1: __use_yte__ asks Snakemake"),
    "missing": (None, ": No such file or directory"),
}


@pytest.mark.parametrize("given", ["--configfile", "--profile"])
@pytest.mark.parametrize("fault", BEFORE)
def test_snakemake_reads_no_configfile_before_it_is_checked(fault: str, given: str, tmp_path: Path):
    text, message = BEFORE[fault]
    ran, overlay, profile = (tmp_path / name for name in ("ran", "overlay.yaml", "profile"))
    if text is not None:
        overlay.write_text(text.replace("{ran}", str(ran)), encoding="latin-1")
    profile.mkdir()
    (profile / "config.yaml").write_text(f"configfile: {overlay}\n")
    flags = {"--configfile": str(overlay), "--profile": str(profile)}
    done = in_folder(ROOT, "snakemake", "-n", "--nolock", given, flags[given], check=False)
    assert done.returncode == 1
    assert f"\n{overlay}{message}" in done.stdout
    assert "Traceback" not in done.stdout
    assert not ran.exists()


def test_a_broken_configfile_is_named_in_the_very_last_line(tmp_path: Path):
    (tmp_path / "overlay.yaml").write_text("a: [1")
    command = ["snakemake", "--dry-run", "--nolock", "--configfile", str(tmp_path / "overlay.yaml")]
    done = in_folder(ROOT, *command, check=False)
    said = f"{tmp_path}/overlay.yaml:1:6: expected ',' or ']', but got '<stream end>'; correct the YAML"
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, said)
