"""Effects on each person: what a person's outcome is under an arm against what it is under the reference.

Every person lives under every arm with the same draws, so the effect at one seed is exact for that realisation. It
mixes what the arm does with luck; averaged over seeds, with the same persons, it is the person's expected effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from analysis.trials.outcome import Outcome, TrialError, at, check_arms, persons_of, under

KEY = ["person", "outcome", "arm"]


def effects(
    scores: pd.DataFrame,
    allocation: pd.DataFrame,
    arms: Sequence[str],
    reference: str,
    outcomes: Sequence[Outcome],
) -> pd.DataFrame:
    """Exact effects, a row an eligible person, outcome and arm other than the reference.

    Parameters
    ----------
    scores : arm (missing where all arms share it), person, minute, instrument, state.
    allocation : person, eligible (1 or 0).
    arms, reference : names of the arms, and the one that the others are held against.

    Returns columns person, outcome, arm, under_arm, under_reference, effect, in the outcome's unit (a cut-off outcome
    is 1 or 0); NaN where an outcome is undefined. What is compared is the state that an instrument would read without
    error. Raises TrialError when there is nothing to compare.
    """
    others = check_arms(arms, reference)
    persons = persons_of(allocation, allocation["eligible"].to_numpy(bool))
    parts = []
    for outcome in outcomes:
        rows = at(scores, outcome) if len(persons) else scores.iloc[:0]
        control = outcome.values(under(rows, reference, "state")).reindex(persons).to_numpy()
        for arm in others:
            treated = outcome.values(under(rows, arm, "state")).reindex(persons).to_numpy()
            part = {"person": persons, "outcome": outcome.name, "arm": arm}
            numbers = {"under_arm": treated, "under_reference": control, "effect": treated - control}
            parts.append(pd.DataFrame({**part, **numbers}))
    if not parts:
        raise TrialError("no outcome is given; a comparison needs one")
    found = pd.concat(parts, ignore_index=True)
    names = {"outcome": [outcome.name for outcome in outcomes], "arm": others}
    return found.astype({column: pd.CategoricalDtype(known) for column, known in names.items()})


def expected_effects(seeds: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Individual expected effects from the `effects` of several seeds with the same persons.

    Returns the columns of `effects` as means over the seeds in which the effect is defined, ``se`` (standard error of
    the mean effect; NaN with one seed) and ``seeds`` (how many those are; a person without one has no row). At least 50
    seeds are needed to speak of one person. Raises TrialError without a seed.
    """
    grouped = _stacked(seeds).groupby(KEY, observed=True, sort=True)
    found = grouped[["under_arm", "under_reference", "effect"]].mean()
    spread = grouped["effect"].agg(["std", "size"])
    found["se"] = spread["std"] / np.sqrt(spread["size"])
    found["seeds"] = spread["size"].astype(np.int64)
    return found.reset_index()


def paired_gain(seeds: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """What common draws buy: the spread of a person's effect over seeds, against that of arms with seeds of their own.

    Takes the `effects` of two or more seeds with the same persons. Returns, an outcome and arm: persons, ``paired_sd``
    (root mean square over persons of the standard deviation over seeds of the effect), ``independent_sd`` (the same of
    a difference whose two sides come from different seeds: the variances add up) and their ``ratio``, independent to
    paired; NaN where the effect has no spread. Only persons that are there at every seed count.
    """
    if len(seeds) < 2:
        raise TrialError(f"{len(seeds)} seeds; the spread over seeds needs two or more")
    grouped = _stacked(seeds).groupby(KEY, observed=True, sort=True)
    spread = grouped[["under_arm", "under_reference", "effect"]].var()[grouped.size() == len(seeds)]
    by = spread.groupby(["outcome", "arm"], observed=True)
    variances = by.mean()
    found = pd.DataFrame({"persons": by.size()})
    found["paired_sd"] = np.sqrt(variances["effect"])
    found["independent_sd"] = np.sqrt(variances["under_arm"] + variances["under_reference"])
    found["ratio"] = found["independent_sd"] / found["paired_sd"].where(found["paired_sd"] > 0.0)
    return found.reset_index()


def benefit(effect: pd.Series, outcome: Outcome) -> pd.Series:
    """1 for a person helped, -1 for one harmed, 0 for neither, NaN where the effect is undefined.

    An effect counts from the outcome's margin on; nobody is helped or harmed by an effect of 0.
    """
    gain = outcome.sign * effect
    margin = 0.0 if outcome.cutoff is not None else outcome.margin
    found = np.sign(gain).where(gain.abs() >= margin, 0.0)
    return found.where(gain.notna())


def shares(found: pd.DataFrame, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Who is helped and who is harmed, a row an outcome and arm of `effects` or `expected_effects`.

    Returns outcome, arm, persons (with a defined effect), undefined, exact (mean effect), helped, harmed (shares of
    these persons) and nnt: how many must be treated for one more to be helped than harmed, ``1 / (helped - harmed)``
    (the success rate difference of Kraemer & Kupfer 2006, 10.1016/j.biopsych.2005.09.014); for a cut-off outcome the
    reciprocal of the risk difference, which at one seed is the same. Negative: so many for one more to be harmed. NaN
    where neither prevails or nobody has an effect.
    """
    rows = []
    for outcome, arm in product(outcomes, found["arm"].cat.categories):
        part = found[(found["outcome"] == outcome.name) & (found["arm"] == arm)]
        known = part["effect"].dropna()
        gain = benefit(known, outcome)
        helped, harmed = float((gain > 0.0).mean()), float((gain < 0.0).mean())
        exact = float(known.mean())
        net = helped - harmed if outcome.cutoff is None else outcome.sign * exact
        rows.append(
            {
                "outcome": outcome.name,
                "arm": str(arm),
                "persons": len(known),
                "undefined": len(part) - len(known),
                "exact": exact,
                "helped": helped,
                "harmed": harmed,
                "nnt": 1.0 / net if net else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _stacked(seeds: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if not seeds:
        raise TrialError("no seed is given; an expected effect needs some")
    return pd.concat(seeds, ignore_index=True).dropna(subset="effect")
