"""Networks as ONNX files that run without this package: their graphs, their checks, what they cost, their cards."""

INPUT, LOGIT, OUTPUT = "pixels", "logit", "probability"  # names in every graph
