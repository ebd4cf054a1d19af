"""What the scripts in `src/` share: one module a subject, none of them knows Snakemake or params.yaml."""
