"""Networks as ONNX files that run without this package: their graphs, their checks, what they cost, their cards."""

INPUT, LOGIT, OUTPUT = "pixels", "logit", "probability"  # names in every graph
VARIANTS = {"float32": ".onnx", "int8": ".int8.onnx", "executorch": ".pte"}  # of a network: how their files end
LANGUAGES = {"javascript": ".mjs", "c": ".h"}  # of a specialist's source code: how the files end
