# Helper functions of MINT's rules: no rule.

from specdnn.mint import CONTROLS as MINT_CONTROLS

MINT = config["mint"]


def mint_training_values(stage, w):
    shared = {**image_counts(w.protocol), "protocol": w.protocol, "seed": int(w.seed), "dropout": MINT["dropout"]}
    return {**MINT[stage], **shared}


def mint_score_values(w):
    shared = {"train_images": config["images"]["train"], "seed": int(w.seed), "threads": MINT["score"]["threads"]}
    grid = f"{w.layer}={w.parents}x{w.children}"
    return {**shared, **MINT["variants"][w.variant], "grid": grid, "samples": int(w.samples)}


def mint_grids(cell):
    """["fc2=20x20", ...], in the order of the layers."""
    return [f"{layer}={parents}x{children}" for layer, (parents, children) in MINT["cells"][cell]["layers"].items()]


def mint_prune_values(w):
    cell = MINT["cells"][w.cell]
    cut = {"delta": cell["delta"], "cap": cell["cap"], "grids": mint_grids(w.cell)}
    return {**cut, "method": w.method, "seed": int(w.seed)}


def mint_score_files(w):
    """Layer -> the scores that a method prunes by; none for a control."""
    if w.method in MINT_CONTROLS:
        return {}
    cell = MINT["cells"][w.cell]
    folder = f"<results>/mint/score/{w.protocol}/{w.dataset}/seed{w.seed}/{w.method}"
    return {
        f"scores_{layer}": f"{folder}/{layer}_{parents}x{children}_m{cell['samples']}/scores.safetensors"
        for layer, (parents, children) in cell["layers"].items()
    }


def mint_reference(w):
    """The mask whose share of each layer the other methods take over."""
    if w.method == MINT["reference"]:
        return {}
    folder = f"<results>/mint/prune/{w.protocol}/{w.dataset}/seed{w.seed}/{w.cell}"
    return {"reference": f"{folder}/{MINT['reference']}/mask.safetensors"}


def mint_cells(table):
    """What a table's script must know of its cells, as JSON."""
    cells = {}
    for name in MINT["tables"][table]["cells"]:
        cell = MINT["cells"][name]
        cells[name] = {"grids": mint_grids(name), **{key: cell[key] for key in ("samples", "delta", "cap")}}
    return json.dumps(cells)


def mint_vision_values(row):
    vision = MINT["vision"]
    entry = {key: value for key, value in vision["rows"][row].items() if key not in ("training", "weights")}
    return {
        **vision["trainings"][vision["rows"][row]["training"]],
        **MINT["variants"][vision["variant"]],
        **entry,
        "seed": vision["seed"],
    }


def mint_vision_weights(row):
    """The checkpoint that a row starts from, or none."""
    given = MINT["vision"]["rows"][row].get("weights")
    return [Path(given).expanduser().as_posix()] if given else []


def check_mint():
    """What a schema cannot say of the block `mint` of params.yaml."""
    if taken := [name for name in MINT_CONTROLS if name in MINT["variants"]]:
        raise mistake("mint.variants", f"{taken[0]} is the name of a control; take another")
    for method in MINT["methods"]:
        if method not in MINT["variants"] and method not in MINT_CONTROLS:
            raise mistake("mint.methods", f"{method} is neither in mint.variants nor a control")
    if MINT["reference"] not in MINT["variants"] or MINT["reference"] not in MINT["methods"]:
        raise mistake("mint.reference", f"{MINT['reference']} is not in mint.variants and mint.methods")
    for table, entry in MINT["tables"].items():
        if entry["protocol"] != "published":
            raise mistake(
                f"mint.tables.{table}.protocol",
                "MINT's scores are of samples of all training images, as published; held_out is not there for it",
            )
        for cell in entry["cells"]:
            if cell not in MINT["cells"]:
                raise mistake(f"mint.tables.{table}.cells", f"{cell} has no entry under mint.cells")
    vision = MINT["vision"]
    if vision["variant"] not in MINT["variants"]:
        raise mistake("mint.vision.variant", f"{vision['variant']} is not in mint.variants")
    for row, entry in vision["rows"].items():
        if entry["training"] not in vision["trainings"]:
            raise mistake(f"mint.vision.rows.{row}.training", f"{entry['training']} is not in mint.vision.trainings")


check_mint()
