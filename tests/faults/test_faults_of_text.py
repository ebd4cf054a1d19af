"""Strangers' text stays text."""

import shutil

import pytest
from small_study import TABLE, Study, drop, edit

TITLES = [
    "</script><script>owned()</script>",
    r"\\input{/etc/passwd}",
    "a | b",
    "100 % & $x_1$ #1 ~ ^",
    "`touch owned`",
    "$(touch owned)",
    "'; touch owned; '",
    "<",
    "é",
]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_a_program(study: Study, title: str):
    yaml = title.replace("\\\\", "\\").replace("'", "''")
    edit(
        study / "params.yaml",
        r"(table1_lenet_300_100_held_out:\n(?:    .*\n)*?    title:) .*",
        lambda m: f"{m[1]} '{yaml}'",
    )
    done = study.run()
    assert done.returncode == 0, done.stdout[-3000:]
    assert not (study / "owned").exists()
    page, tex, md = ((study / f"{TABLE}.{ending}").read_text(encoding="utf-8") for ending in ("html", "tex", "md"))
    assert "<script>owned" not in page + md
    assert r"\input{" not in tex
    right = dict(study.right)
    for ending in ("html", "tex", "md"):  # of which the title is a part
        for name in (f"{TABLE}.{ending}", f"{TABLE}.{ending}.sha256"):
            right[name] = study.found()[name]
    study.right = right
    study.held(done)


@pytest.mark.parametrize("name", ["x;touch owned;.csv", "$(touch owned).csv", "a b.csv", "'.csv", "{x}.csv"])
def test_a_path_of_params_is_a_program(study: Study, name: str):
    shutil.copy(study / "published/table1_lenet_300_100.csv", study / "published" / name)
    quoted = name.replace("'", "''")
    edit(
        study / "params.yaml",
        r"(table1_lenet_300_100_held_out:\n(?:    .*\n)*?    paper:) .*",
        lambda m: f"{m[1]} 'published/{quoted}'",
    )
    drop(study / f"{TABLE}.md")
    done = study.run()
    assert not (study / "owned").exists()
    study.held(done) if done.returncode == 0 else study.refused(name, done=done)
