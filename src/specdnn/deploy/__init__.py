"""Networks as ONNX files that run without this package: their graphs, their checks, what they cost, their cards."""
