"""The dataset in a database: written as NDJSON once, loaded as `fhirbridge load` does."""

import os
import time
from itertools import chain
from pathlib import Path

from bench.databases import Databases, opened
from bench.dataset import observations, people, schedules, slots
from fhirbridge.fhir.instant import system_clock
from fhirbridge.fhir.json import dump
from fhirbridge.store.store import Store
from fhirbridge.sync.loading.load import load
from fhirbridge.sync.loading.workshop import Problem, Recipe

PROCESSES = os.cpu_count() or 1


def dataset(folder: Path, results: int) -> Path:
    """Return the NDJSON of the dataset with so many results, written unless it is there."""
    path = folder / f"results_{results}.ndjson"
    if not path.exists():
        begun = path.with_suffix(".begun")
        with begun.open("wb") as file:
            resources = chain(people(results), schedules(), slots(), observations(results))
            file.writelines(dump(one) + b"\n" for one in resources)
        begun.rename(path)
    return path


def filled(found: Databases, results: int, folder: Path) -> tuple[Store, str]:
    """Return a store that holds the dataset and its URL; loads it unless it is there.

    The file of the dataset is in `folder`.
    """
    name = f"results_{results}"
    if found.there(name) is None:
        url = found.fresh("filling")
        start = time.perf_counter()
        count = loaded(url, dataset(folder, results))
        seconds = time.perf_counter() - start
        print(f"{count} resources loaded at {count / seconds:,.0f} resources/s")
        found.rename("filling", name)
    url = found.there(name) or ""
    return opened(url), url


def loaded(url: str, path: Path, processes: int = PROCESSES) -> int:
    """Load a file into an empty database; return how many resources that were."""
    opened(url).close()
    recipe = Recipe(url, "Europe/Moscow", "", typed=False, stores=not url.startswith("sqlite"))
    tally = load(
        recipe,
        [path],
        system_clock,
        processes=processes if path.stat().st_size > 4 * 2**20 else 1,
        failed=_refused,
        passed=lambda _: None,
    )
    return tally.total()


def _refused(problem: Problem) -> None:
    raise RuntimeError(f"the dataset is not valid: {problem}")
