"""Write the table of what the exported networks cost and whether they answer as in torch."""

from argparse import Namespace
from collections.abc import Callable

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command, table_files
from specdnn.export import VARIANTS
from specdnn.export.card import epochs_of
from specdnn.names import DATASETS
from specdnn.networks import models
from specdnn.report.rendering import Section

TITLE = "Exported networks: what they cost, and whether they still answer as in torch"
PLACE = ["dataset", "protocol", "model", "seed"]
SUMS = ["parameters", "multiply_accumulates", "bytes", "gzip_bytes", "differing_decisions"]

OTHERS = {"ensemble": "all together", "empty": "nothing"}

NOTES = [
    "One specialist: mean over the specialists; its accuracy is one class against the rest, where always answering no "
    "scores about 90 %, so read balanced accuracy. All together: every specialist is asked and the most confident one "
    "has its way; its accuracy, like the dense network's, is over ten classes. Differ: decisions (yes or no; for the "
    "dense network its class) that are not those of the checkpoint in torch, on all test images and, for several "
    "networks, summed over them. Difference: the largest of a probability from torch's.",
    "MACs: multiply-accumulates of one image. Latency: microseconds of one call of onnxruntime on one thread of the "
    "processor, for 1 and for 128 images, median and 95th percentile; all networks of a section in turns within one "
    "run. Nothing: a graph that computes nothing, which is what any call costs. Memory: the peak while the network is "
    "loaded and answers its largest batch, in a fresh process, less what the runtime takes of its own. int8: static, "
    "ranges from training images. Counts, bytes and decisions are the same on every run; latency and memory are "
    "measurements.",
]


def check_rows(paths: list[str]) -> pd.DataFrame:
    """One row a network and variant, from the JSON of `export_check`."""
    rows = []
    for path in paths:
        check = artefacts.read_json(path)
        same = {name: check[name] for name in ("network", "parameters", "multiply_accumulates")}
        there = [variant for variant in VARIANTS if variant in check]
        rows += [{**check["identity"], **same, "variant": variant, **check[variant]} for variant in there]
    return pd.DataFrame(rows)


def ensemble_rows(paths: list[str], checks: pd.DataFrame) -> pd.DataFrame:
    """One row a set of specialists and variant: sums over them, and their accuracy as one classifier."""
    rows = []
    for path in paths:
        ensemble = artefacts.read_json(path)
        place = {key: value for key, value in ensemble["identity"].items() if key != "label"}
        members = checks[
            checks.label.isin(ensemble["classes"]) & same_place(checks, place) & (checks.method == place["method"])
        ]
        for variant in ("float32", "int8"):
            summed = members[members.variant == variant][SUMS].sum().to_dict()
            rows.append({**place, "network": "ensemble", "variant": variant, **summed, **ensemble[variant]})
    return pd.DataFrame(rows)


def same_place(frame: pd.DataFrame, place: dict) -> pd.Series:
    return (frame[PLACE] == [place[key] for key in PLACE]).all(axis=1)


def latency_rows(paths: list[str]) -> pd.DataFrame:
    """One row a network and variant: p50 and p95 for each batch size, side by side, and memory."""
    long = pd.concat([pd.read_csv(path) for path in paths])
    key = [*PLACE, "method", "network", "variant"]
    wide = long.pivot(index=key, columns="batch_size", values=["p50", "p95"])
    wide.columns = [f"{percentile}_of_{size}" for percentile, size in wide.columns]
    return wide.join(long.groupby(key).peak_bytes.first()).reset_index()


def joined(checks: pd.DataFrame, ensembles: pd.DataFrame, latencies: pd.DataFrame) -> pd.DataFrame:
    """Every network of every measured group; a dense network once beside each method's specialists."""
    dense = checks[checks.network == "dense"].drop(columns=["method", "label"], errors="ignore")
    groups = latencies[[*PLACE, "method"]].drop_duplicates()
    networks = pd.concat([groups.merge(dense, on=PLACE), checks[checks.network != "dense"], ensembles])
    return latencies.merge(networks, on=[*PLACE, "method", "network", "variant"], how="outer")


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Dense network, one specialist, all together, and nothing; each in both variants."""
    parts = []
    single = rows[rows.network.str.startswith("class")]
    for variant in [variant for variant in VARIANTS if variant in set(rows.variant)]:
        mean = single[single.variant == variant].mean(numeric_only=True)
        differing = single[single.variant == variant].differing_decisions.sum()
        worst = single[single.variant == variant].largest_probability_difference.max()
        mean["differing_decisions"], mean["largest_probability_difference"] = differing, worst
        by_network = rows[rows.variant == variant].set_index("network")
        named = {"dense": by_network.loc["dense"], "one specialist": mean}
        named |= {name: by_network.loc[key] for key, name in OTHERS.items() if key in by_network.index}
        parts += [{**row, "network": name, "variant": variant} for name, row in named.items()]
    order = {"dense": 0, "one specialist": 1, "all together": 2, "nothing": 3}
    return pd.DataFrame(parts).sort_values("network", key=lambda names: names.map(order), kind="stable")


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of the table as text; what does not apply is a dash."""

    def text(column: str, write: Callable[[float], str]) -> list[str]:
        return ["–" if pd.isna(value) else write(value) for value in rows[column]]

    sizes = sorted(int(name.removeprefix("p50_of_")) for name in rows if name.startswith("p50_of_"))
    columns = {
        "network": list(rows.network),
        "numbers": list(rows.variant),
        "weights + biases": text("parameters", "{:,.0f}".format),
        "MACs": text("multiply_accumulates", "{:,.0f}".format),
        "bytes": text("bytes", "{:,.0f}".format),
        "gzipped": text("gzip_bytes", "{:,.0f}".format),
    }
    for size in sizes:
        columns[f"{size} image{'s' * (size > 1)}, µs"] = text(f"p50_of_{size}", "{:,.0f}".format)
        columns[f"95 % of {size}"] = text(f"p95_of_{size}", "{:,.0f}".format)
    return pd.DataFrame(
        {
            **columns,
            "memory, KiB": text("peak_bytes", lambda value: f"{value / 1024:,.0f}"),
            "accuracy %": text("accuracy", lambda value: f"{100 * value:.2f}"),
            "balanced %": text("balanced_accuracy", lambda value: f"{100 * value:.2f}"),
            "differ": text("differing_decisions", "{:,.0f}".format),
            "difference": text("largest_probability_difference", "{:.1e}".format),
        }
    )


def sections(rows: pd.DataFrame) -> list[Section]:
    """For each network of the study a summary, then class by class."""
    first, then = [], []
    for (dataset, protocol, model, seed, method), group in rows.groupby([*PLACE, "method"], sort=False):
        what = f"{models.load(model).title} on {DATASETS.get(dataset, dataset)}"
        title = f"{what}, {epochs_of(protocol)}, seed {seed}, {method}"
        first.append(Section(title, shown(summary(group))))
        single = group[group.network.str.startswith("class")].sort_values(["label", "variant"])
        then.append(Section(f"{title}: class by class", shown(single)))
    first[-1] = Section(first[-1].title, first[-1].frame, NOTES)
    return [*first, *then]


def main(args: Namespace, record: dict) -> None:
    checks = check_rows(args.checks)
    rows = joined(checks, ensemble_rows(args.ensembles, checks), latency_rows(args.latencies))
    counts = [*SUMS, "label", "seed", "peak_bytes", "nobody_said_yes"]
    csv = rows.astype({name: "Int64" for name in counts if name in rows})
    table_files.write(args, TITLE, sections(rows), csv)
    floats = checks[checks.variant == "float32"]
    print(f"{len(floats)} networks, {floats.differing_decisions.sum()} decisions differ from torch's")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--checks", "JSON of `export_check`, one a network")
    command.reads_many("--ensembles", "JSON of `export_ensemble`, one a set of specialists")
    command.reads_many("--latencies", "CSV of the measurements, one a set of specialists")
    table_files.add(command)
    command.run(main)
