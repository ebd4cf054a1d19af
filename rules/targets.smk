# Refuses a target that nothing makes, and says which part of it is wrong. No rule.
#
# Snakemake finds "no rule to produce" a class 12, and ends in a traceback for a method that there is not.

import re

from snakemake.io import get_wildcard_constraints, strip_wildcard_constraints

KNOWN = {  # wildcard -> how its values are called, and all of them
    "protocol": ("protocols", [*PROTOCOLS]),
    "dataset": ("datasets", datasets()),
    "model": ("networks", MODELS),
    "method": ("methods", selection_methods.names()),
}
WILDCARD = re.compile(r"\{(\w+)\}")
MAKE = re.compile(r"^(\w+):", re.MULTILINE)  # a target in the Makefile


def with_folders(path):
    """An output of a rule, as one asks for it."""
    return re.sub("<(.*?)>", lambda name: config["pathvars"].get(name[1], name[0]), str(path))


def values_of(target, pattern):
    """Wildcard -> value, where the target would be of this pattern but for what its values may be; else None.

    Of all values only that of `network` may have a slash: released/class3.
    """
    parts, seen = WILDCARD.split(pattern), set()
    for place in range(1, len(parts), 2):
        name = parts[place]
        value = ".+" if name == "network" else "[^/]+"
        parts[place] = f"(?P={name})" if name in seen else f"(?P<{name}>{value})"
        seen.add(name)
    parts[::2] = map(re.escape, parts[::2])
    match = re.fullmatch("".join(parts), target)
    return match and match.groupdict()


def wrong_value(name, value, constraint, pattern):
    """A sentence about a value that cannot stand there; None where it can."""
    if name == "label":
        return None if re.fullmatch(r"\d", value) else f"class{value}: classes are 0 to 9"
    method, slash, _ = value.partition("/")
    if name == "network" and slash and method not in KNOWN["method"][1]:
        return wrong_value("method", method, None, "{model}")
    if name in KNOWN and (name != "method" or "{model}" in pattern):  # other studies have methods of their own
        called, known = KNOWN[name]
    elif constraint and re.fullmatch(r"\w+(\|\w+)*", constraint.pattern):
        called, known = f"names of a {name}", constraint.pattern.split("|")
    else:
        return None if not constraint or constraint.fullmatch(value) else f"{value}: not a {name}"
    if value in known:
        return None
    return f"{value} is none of the {called}" + (did_you_mean(value, known) or f": {', '.join(known)}")


def check_target(target):
    outputs = [with_folders(output) for rule in workflow.rules for output in rule.output]
    files_by_name = {path for path in outputs if "{" not in path}
    if workflow.is_rule(target) or target in files_by_name:
        return
    found = []  # for each pattern that it resembles, what is wrong with its values
    for output in outputs:
        pattern, constraints = strip_wildcard_constraints(output), get_wildcard_constraints(output)
        if (values := values_of(target, pattern)) is not None:
            wrong = [wrong_value(name, value, constraints.get(name), pattern) for name, value in values.items()]
            found.append([*filter(None, wrong)])
    if [] in found:
        return
    known = [*files_by_name, *(rule.name for rule in workflow.rules if not rule.has_wildcards())]
    if label := re.search(r"\bclass(?!\d\b)(\w+)", target):
        why = f"class{label[1]}: classes are 0 to 9"
    elif target in MAKE.findall(Path(workflow.basedir, "Makefile").read_text(encoding="utf-8")):
        why = f"no rule, but a target of make: `make {target}`"
    elif found and not difflib.get_close_matches(target, known, n=1, cutoff=0.95):
        why = "; ".join(min(found, key=len))
    else:
        tables = {table: with_folders(f"<results>/tables/{table}.md") for table in all_tables()}
        near = nearest(target, known) or tables.get(nearest(Path(target).stem, tables))
        hint = f"; did you mean {near}?" if near else ""
        why = f"no rule has this name, and none makes such a file{hint}"
    raise refusal(f"{target}: {why} (docs/design.md has the paths; `snakemake --list` the rules)")


def build_dag_of_checked_targets(build_dag=workflow._build_dag):
    for target in sorted(workflow.dag_settings.targets):
        check_target(target)
    build_dag()


if workflow.is_main_process:  # it knows its targets only when it begins to plan
    workflow._build_dag = build_dag_of_checked_targets
