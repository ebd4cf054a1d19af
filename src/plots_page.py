"""Write .dvc/tmp/plots.html, the page that `dvc plots` fills: with its scripts inside, so that it opens offline.

DVC's own page loads Vega from a content network. Snakemake's wheel carries the same libraries for its report.
"""

from importlib.resources import files
from pathlib import Path

LIBRARIES = ("vega", "vega-lite", "vega-embed")

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
{{refresh_tag}}
<title>SpecDNN, regenerated: plots</title>
<style>body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }} table {{ border-spacing: 15px; }}</style>
<script>{libraries}</script>
</head>
<body>
{{plot_divs}}
</body>
</html>
"""


def page() -> str:
    data = files("snakemake") / "assets" / "data"
    scripts = [(data / name / f"{name}.js").read_text(encoding="utf-8") for name in LIBRARIES]
    return PAGE.format(libraries="\n".join(scripts).replace("</script", "<\\/script"))


if __name__ == "__main__":
    target = Path(".dvc/tmp/plots.html")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(), encoding="utf-8")
