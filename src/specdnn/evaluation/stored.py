"""Scores that git keeps: whether they are those of the present values."""

from specdnn.errors import UserError


def check_settings(path: str, found: str | None, expected: str | None) -> None:
    """Scores stay for years and come from elsewhere: raises UserError for those of other values than the present."""
    if found != expected:
        raise UserError(
            f"{path}: of settings {found}, and params.yaml has {expected}; take back what was changed in it, or delete "
            "the file and run `snakemake compare`, which trains these networks again"
        )
