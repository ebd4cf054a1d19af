# /// script
# requires-python = ">=3.11"
# dependencies = ["roc-validator==0.13.0", "rocrate==0.11.0"]
# ///
"""Hold a crate against the profile of workflow runs, offline; prints JSON: how much was checked, and what is wrong.

`uv run --script` gives it the environment that the lines above ask for: the validator's packages are not those of the
lock. It would fetch the terms of RO-Crate 1.1, which that old release of rocrate has in it. Without a crate it does
nothing: one sees that the environment is there.
"""

import json
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from requests_cache import CachedResponse, CachedSession
from rocrate_validator import models, services

TERMS = "https://w3id.org/ro/crate/1.1/context"


def network(folder: str) -> Path:
    """The validator's cache of the network, with the terms and nothing else in it."""
    answer = CachedResponse(
        url=TERMS, status_code=200, content=files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()
    )
    answer.headers["Content-Type"] = "application/ld+json"
    answer.request.method, answer.request.url = "GET", TERMS
    cache = Path(folder, "network")
    CachedSession(str(cache), backend="sqlite").cache.save_response(answer)
    return cache


def validated(crate: str, folder: str) -> dict:
    settings = models.ValidationSettings(
        rocrate_uri=crate,
        profile_identifier="workflow-run-crate",
        requirement_severity=models.Severity.REQUIRED,
        offline=True,
        cache_path=network(folder),
    )
    found = services.validate(settings)
    return {
        "checked": len(found.executed_checks),
        "skipped": len(found.skipped_checks),
        "issues": sorted(f"{issue.violatingEntity}: {issue.message}" for issue in found.get_issues()),
    }


if __name__ == "__main__" and sys.argv[1:]:
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(validated(sys.argv[1], folder)))
