"""An environment in which a user may start the study, and which must not matter."""

from pathlib import Path

BYTES = {  # what decides sums: libraries ask for it
    "OMP_DYNAMIC": "TRUE",
    "OMP_THREAD_LIMIT": "1",
    "OMP_SCHEDULE": "dynamic,1",
    "MKL_CBWR": "COMPATIBLE",
    "MKL_DYNAMIC": "FALSE",
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "TORCH_FORCE_WEIGHTS_ONLY_LOAD": "0",
    "NUMPY_EXPERIMENTAL_ARRAY_FUNCTION": "0",
    "PYTHONHASHSEED": "7",
}
FIGURES = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": "matplotlibrc",
    "MPLCONFIGDIR": ".",
}
INTERPRETER = {
    "PYTHONSAFEPATH": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "default",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "",
    "BASH_FUNC_python%%": "() { echo not this one; exit 3; }",
    "BASH_FUNC_ls%%": "() { exit 3; }",
}
LOCALE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
EVERYTHING = {**BYTES, **FIGURES, **INTERPRETER, **LOCALE}


def write_style(folder: Path) -> None:
    """A file of the user's that matplotlib would read there."""
    (folder / "matplotlibrc").write_text("text.usetex: True\nfont.size: 20\nsavefig.dpi: 30\naxes.facecolor: red\n")
