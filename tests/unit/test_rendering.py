"""Titles and cells are text in each of the three dresses."""

import pandas as pd
import pytest

from specdnn.report.rendering import Section, latex, markdown, page

HOSTILE = "a</script><script>alert(1)</script>\n\n# b|c &amp; [d](javascript:e) `f`"


@pytest.mark.parametrize(
    ("dress", "shown"),
    [
        (
            markdown,
            r"a\</script\>\<script\>alert(1)\</script\>  # b\|c \&amp; \[d\](javascript:e) \`f\`",
        ),
        (
            page,
            "a&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;{lines}# b|c &amp;amp; [d](javascript:e) `f`",
        ),
        (
            latex,
            r"a\textless{}/script\textgreater{}\textless{}script\textgreater{}alert(1)\textless{}/script\textgreater{}"
            r"  \# b|c \&amp; [d](javascript:e) `f`",
        ),
    ],
)
def test_strangers_text_is_shown_and_is_no_markup(dress, shown: str):
    text = dress(HOSTILE, [Section(HOSTILE, pd.DataFrame({HOSTILE: [HOSTILE]}))])
    expected = shown.format(lines="\n\n") if dress is page else shown
    assert text.replace(r"\n", "\n").count(expected) == (5 if dress is page else 4)  # HTML has the title twice


def test_latex_runs_no_command_of_a_title():
    written = latex(r"\input{/etc/passwd} 5 % & # $x$ ~ ^ _ −1–2", [Section("s", pd.DataFrame({"a": ["1"]}))])
    shown = r"\textbackslash{}input\{/etc/passwd\} 5 \% \& \# \$x\$ \textasciitilde{} \textasciicircum{} \_ $-$1--2"
    assert f"\\caption{{{shown}: s. }}" in written


def test_stars_and_underscores_stay_what_tables_set():
    written = markdown("t", [Section("lenet_5", pd.DataFrame({"a": ["fine_tuning"], "b": ["78.8*"]}))])
    assert "**lenet_5**" in written
    assert "|fine_tuning|78.8*|" in written.replace(" ", "")
