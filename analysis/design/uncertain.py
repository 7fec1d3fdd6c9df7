"""What of a policy's gain is left when the model's parameters are not those under which it was learned."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.design import tree as trees
from analysis.design.lives import Choice, Lives, Resampled, interval, joined
from analysis.design.policy import FOLDS, best, learn, oracle
from analysis.trials.outcome import TrialError


def under_uncertainty(sets: Mapping[str, Lives], depth: int, *, key: int = 1) -> pd.DataFrame:
    """Policies of one parameter set, valued on held-out persons under each, a row a set.

    The first of `sets` is the stated one. Persons of one id are held out together under every set. Returns set, and as
    gain over the status quo: one_size (the arm that is best under the stated set), stated (the policy learned under the
    stated set), others (learned under all sets but the one it is valued under), own (learned under that set), oracle;
    and lost, ``own - stated``, with low and high (95%, bootstrap over persons). Raises TrialError with fewer than two
    sets, or when they differ in arms, outcome or measurements.
    """
    if len(sets) < 2:
        raise TrialError(f"{len(sets)} parameter set; what is lost under others needs two or more")
    stated = next(iter(sets.values()))
    folds = {name: _folds(lives, key) for name, lives in sets.items()}
    joined(list(sets.values()))  # refuses sets that do not go together
    names = list(sets)
    choices: dict[str, dict[str, Choice]] = {
        name: {
            rule: np.zeros(len(sets[name].person), dtype=np.int64) for rule in ("one_size", "stated", "others", "own")
        }
        for name in names
    }
    for k in range(FOLDS):
        kept = {name: folds[name] != k for name in names}
        grown = {name: learn(sets[name], kept[name], depth, key) for name in names}
        for name in names:
            lives, mine = sets[name], ~kept[name]
            pool = joined([sets[other] for other in names if other != name])
            rows = np.concatenate([kept[other] for other in names if other != name])
            held = lives.measurements[mine]
            choices[name]["one_size"][mine] = best(stated)
            choices[name]["stated"][mine] = trees.assign(grown[names[0]], held)
            choices[name]["others"][mine] = trees.assign(learn(pool, rows, depth, key), held)
            choices[name]["own"][mine] = trees.assign(grown[name], held)
    rows_out = []
    for name, lives in sets.items():
        every = choices[name] | {"oracle": oracle(lives)}
        means, draws = Resampled(lives, key).means({rule: lives.chosen(choice) for rule, choice in every.items()})
        low, high = interval(draws["own"] - draws["stated"])
        row = {"set": name, **means.to_dict(), "lost": float(means["own"] - means["stated"]), "low": low, "high": high}
        rows_out.append(row)
    return pd.DataFrame(rows_out)


def _folds(lives: Lives, key: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The fold of each life by its person's id alone, so that it is the same under every set, shape (n,)."""
    ids = lives.person.astype(np.uint64)
    mixed = (ids + np.uint64(key)) * np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing
    return ((mixed >> np.uint64(32)) % np.uint64(FOLDS)).astype(np.int64)
