# What is believed of the files that are there already: no rule.
#
# Before Snakemake plans anything, each result is held against its seal, and each dataset against params.yaml. What is
# damaged is named, and made again. So are results that were written by nobody here: `dvc checkout`, `dvc pull`, a copy by
# hand. `make restore` adopts those that `dvc status` vouches for.
#
# .snakemake/seen.json remembers what was there last time: a content is read again only where its file has changed.

IN_GIT = "scores"  # come with a clone: held against their seals and params.yaml, and never made again for that
SEEN = Path(".snakemake/seen.json")
TOUCHING = bool({"--touch", "-t"} & {*sys.argv})
NAMED = 10  # results that are named one by one


def look(known, before, seen):
    """Judgement -> results; fills `seen`, and makes Snakemake see what is not its own as of other parameters."""
    gone = {path for path in known if path.startswith(f"{config['pathvars']['results']}/") and not os.path.exists(path)}
    short = {log_of_record(known[path]) for path in gone}  # jobs of which another output is still there
    found = {"own": [], "foreign": [], "damaged": [], "again": [], "refused": []}
    for stage, path in results():
        was = before.get(path, {})
        record, now = known.get(path, {}), looked_at(path, was)
        if now is None:
            continue
        if stage == IN_GIT:
            seen[path] = now
            found["refused"] += [path] if files.seal_of(path) not in (None, now["digest"]) else []
            continue
        judgement, record = judge(path, record, now, was)
        if judgement == "own" and (log_of_record(record) in short or not gone.isdisjoint(record.get("input") or [])):
            judgement = "again"  # so that what is gone comes back: another output of its job, or what it was made from
        found[judgement].append(path)
        if judgement != "own" and not TOUCHING:
            record = disown(path, now["modified"], AGAIN if judgement == "again" else FOREIGN)
        seen[path] = now if TOUCHING else remember(path, record, now, was)
    return found


def refuse_what_is_no_file(outputs):
    """Snakemake would copy a pipe, and wait for ever."""
    for path in [*outputs, *(path for dataset in config["fetch"]["datasets"] for path in raw_paths(dataset))]:
        if os.path.exists(path) and not os.path.isfile(path):
            raise refusal(f"{path}: expected a file; remove what is there, and run the same again")


def false_data(before, seen):
    """Files of the datasets that are not what params.yaml says; Snakemake makes all of such a dataset again."""
    found = []
    for dataset, entry in config["fetch"]["datasets"].items():
        card = Path(config["pathvars"]["data"], dataset, "dataset.json").as_posix()
        says = {"name": dataset, **{key: entry[key] for key in ("sha256", "mean", "std")}}
        there = {path: looked_at(path, before.get(path, {})) for path in [card, *raw_paths(dataset)]}
        there = {path: now for path, now in there.items() if now}
        wrong = [path for path in there if path != card and there[path]["digest"] != entry["sha256"][Path(path).name]]
        if card in there and says != {key: read_object(card).get(key) for key in says}:
            wrong.append(card)
        for path in there if wrong else []:
            disown(path, there[path]["modified"], FOREIGN)
        seen.update(there)
        found += wrong
    return found


def say(paths, what):
    for path in paths[:NAMED]:
        print(f"{path}: {what}", file=sys.stderr)
    if len(paths) > NAMED:
        print(f"... and {len(paths) - NAMED:,} more: {what}", file=sys.stderr)


def check_what_is_there():
    before = read_object(SEEN)  # path -> what was there
    roots = tuple(f"{config['pathvars'][root]}/" for root in ("results", "data"))
    seen = {path: was for path, was in before.items() if not path.startswith(roots)}  # of other values of pathvars
    known = records()
    refuse_what_is_no_file(known)
    wrong_data = false_data(before, seen)
    found = look(known, before, seen)
    if seen != before:
        files.write_text(SEEN, json.dumps(seen))
    for path in found["refused"]:
        raise refusal(f"{path}: not what its job wrote; `git checkout -- {path}` brings it back")
    if TOUCHING and (damaged := [*wrong_data, *found["damaged"]]):
        raise refusal(f"{damaged[0]}: not what its job wrote, so it is not adopted; remove it and pull it again")
    say(wrong_data, "not what params.yaml says (fetch.datasets); it is fetched again")
    say(found["damaged"], "damaged or edited since its job wrote it; it is made again")
    if foreign := len(found["foreign"]):
        print(
            f"{foreign} results were not written by Snakemake in this folder (a clone has those in git) and will"
            " be made again where needed; `make restore` adopts them instead, if `dvc status` finds them up to date",
            file=sys.stderr,
        )


if workflow.is_main_process:
    try:
        check_what_is_there()
    except (OSError, UserError) as error:
        # Of a disk that may only be read, say, where a dry run is still good for something.
        print(f"the results that are there were not checked: {error}", file=sys.stderr)
