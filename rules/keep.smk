# Nothing is removed before its replacement is there: no rule.
#
# Snakemake removes the outputs of a job before it starts it. What is flagged as an update stays instead, and is put back
# where the job fails; every script writes a file whole or not at all.

for rule in workflow.rules:
    for output in rule.output:
        output.set_flags({**output.flags, "update": True})
