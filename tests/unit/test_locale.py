"""Files are UTF-8 whatever the caller's locale says."""

import os
import subprocess
import sys

import pytest
from support import ROOT

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": "src"}


@pytest.mark.parametrize(
    "code",
    [
        "from specdnn.imports import closure; closure('src/tables.py')",
        "import sys; sys.path.append('src'); from plots_page import page; page()",
        "import sys; sys.path.append('src'); from dvc_stages import rules; rules()",
        "import sys; sys.path.append('src'); from readme import embedded; embedded('results/tables/table2_lenet_5.md')",
    ],
)
def test_text_is_read_as_utf8_under_an_ascii_locale(code: str):
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **ASCII}, check=True)
