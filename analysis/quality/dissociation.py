"""Where sides of a memory part that common sense takes for one: vivid and accurate, central and peripheral, told and
intruding, sure and right.

Each function takes tables of a run (see `cohort codebook`) and returns a frame. In a simulation these are properties of
the model, read as a study would read them: confidence, for instance, is made of vividness and accuracy there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.quality.correlation import Correlation, Difference, correlation, difference
from analysis.quality.paired import paired

BANDS = (0.0, 0.4, 0.6, 1.0)  # of arousal at encoding
QUALITIES = ("vividness", "accuracy", "fragmentation")
_TWO_SIDED = 1.959963984540054  # standard errors, 95%


def central_peripheral(memories: pd.DataFrame) -> pd.DataFrame:
    """Fidelity of central less that of peripheral content, a row an episode, over those who hold it at the end.

    Takes columns episode, fidelity_central, fidelity_peripheral. Returns episode, central, peripheral (means), and what
    `paired` gives; d is NaN where nobody's memory of the episode was ever altered.
    """
    rows = []
    for episode, mine in memories.groupby("episode", observed=True):
        central, peripheral = mine["fidelity_central"], mine["fidelity_peripheral"]
        found = paired(central, peripheral)._asdict()
        rows.append({"episode": str(episode), "central": central.mean(), "peripheral": peripheral.mean(), **found})
    return pd.DataFrame(rows)


def retained(measures: pd.DataFrame) -> pd.DataFrame:
    """What is left of vividness and of accuracy under the full cue at each assessment, against the first.

    Takes person, day, vividness, accuracy (missing without a trace), of the exposed since exposure. Persons assessed
    every time with a trace count. Returns day, persons, vividness, accuracy (means), vividness_left, accuracy_left
    (ratios to the first mean), and ``ratio`` of the former to the latter with its 95% interval (delta method, over
    persons); above 1, vividness outlasts accuracy. Empty where nobody counts or the first mean is 0.
    """
    wide = {name: measures.pivot(index="day", columns="person", values=name) for name in ("vividness", "accuracy")}
    whole = ~(wide["vividness"].isna() | wide["accuracy"].isna()).any(axis=0)
    vivid, right = (wide[name].loc[:, whole] for name in ("vividness", "accuracy"))
    persons = vivid.shape[1]
    columns = ["day", "persons", "vividness", "accuracy", "vividness_left", "accuracy_left", "ratio", "low", "high"]
    if persons < 2 or not len(vivid) or min(vivid.iloc[0].mean(), right.iloc[0].mean()) <= 0.0:
        return pd.DataFrame(columns=columns)
    rows = []
    for day in vivid.index:
        v, a = vivid.loc[day].to_numpy(), right.loc[day].to_numpy()
        v0, a0 = vivid.iloc[0].to_numpy(), right.iloc[0].to_numpy()
        left = v.mean() / v0.mean(), a.mean() / a0.mean()
        ratio, half = np.nan, np.nan
        if min(left) > 0.0:
            ratio = left[0] / left[1]
            influence = v / v.mean() - v0 / v0.mean() - a / a.mean() + a0 / a0.mean()
            half = _TWO_SIDED * influence.std(ddof=1) / np.sqrt(persons)
        bounds = ratio * np.exp(-half), ratio * np.exp(half)
        rows.append((day, persons, v.mean(), a.mean(), *left, ratio, *bounds))
    return pd.DataFrame(rows, columns=columns)


def told_and_intruding(measures: pd.DataFrame, intrusions: pd.DataFrame) -> pd.DataFrame:
    """What intrudes less what comes when asked for, in the same persons between the same assessments.

    `measures`: person, minute, and the qualities under the full cue; `intrusions`: person, minute, and the same
    qualities. What came between two assessments is held against the mean of the two, so that forgetting in between
    falls on both sides; then each person is averaged. Returns quality, intruding, asked (means over persons), and what
    `paired` gives.
    """
    at = np.unique(measures["minute"])
    place = np.searchsorted(at, intrusions["minute"])
    inside = (place > 0) & (place < len(at))
    came = intrusions.loc[inside, ["person", *QUALITIES]].assign(place=place[inside])
    both = came.groupby(["person", "place"], as_index=False).mean()
    asked = measures[["person", *QUALITIES]].assign(place=np.searchsorted(at, measures["minute"]))
    for side, later in (("_before", 1), ("_after", 0)):
        shifted = asked.assign(place=asked["place"] + later).rename(columns={name: name + side for name in QUALITIES})
        both = both.merge(shifted, on=["person", "place"])
    both = both.dropna().groupby("person").mean()
    rows = []
    for quality in QUALITIES:
        came_so, asked_so = both[quality], (both[f"{quality}_before"] + both[f"{quality}_after"]) / 2.0
        means = {"intruding": came_so.mean(), "asked": asked_so.mean()}
        rows.append({"quality": quality, **means, **paired(came_so, asked_so)._asdict()})
    return pd.DataFrame(rows)


def sides(measures: pd.DataFrame, intrusions: pd.DataFrame, exposure: pd.DataFrame) -> pd.DataFrame:
    """One row a person: means over the assessments since exposure, and what intruded.

    Returns, indexed like `exposure`: recall, vividness, accuracy, coherence (1 - fragmentation) under the full cue;
    intrusions (their number), intruding (their mean vividness, NaN without any); dose.
    """
    asked = measures.groupby("person")[["recall", *QUALITIES]].mean().reindex(exposure.index)
    came = intrusions.groupby("person")["vividness"].agg(["size", "mean"]).reindex(exposure.index)
    found = asked[["recall", "vividness", "accuracy"]].copy()
    found["coherence"] = 1.0 - asked["fragmentation"]
    found["intrusions"] = came["size"].fillna(0.0)
    found["intruding"] = came["mean"]
    found["dose"] = exposure["dose"]
    return found


def relations(side: pd.DataFrame) -> pd.DataFrame:
    """How sides of the memory go together over persons: a row a pair, and again with the dose held constant.

    Spearman's correlations of `sides`; vividness with accuracy also as Pearson's, which is what is published. Returns
    first, second, given, kind, r, low, high, persons; NaN where a side does not differ between persons.
    """
    pairs = [
        ("coherence", "intrusions"),
        ("coherence", "intruding"),
        ("vividness", "intrusions"),
        ("vividness", "accuracy"),
    ]
    rows = []
    for first, second in pairs:
        for given in (None, "dose"):
            held = None if given is None else side[given]
            found = correlation(side[first], side[second], held, ranks=True)
            rows.append({"first": first, "second": second, "given": given or "", "kind": "Spearman", **found._asdict()})
    found = correlation(side["vividness"], side["accuracy"], ranks=False)
    rows.append({"first": "vividness", "second": "accuracy", "given": "", "kind": "Pearson", **found._asdict()})
    return pd.DataFrame(rows)


def coherent_or_vivid(side: pd.DataFrame) -> tuple[Correlation, Correlation, Difference]:
    """Does the number of intrusions go with vividness more than with coherence? Both correlations, their difference."""
    whole = side.dropna(subset=["vividness", "coherence", "intrusions"])
    vivid, coherent = (correlation(whole["intrusions"], whole[name], ranks=True) for name in ("vividness", "coherence"))
    between = correlation(whole["vividness"], whole["coherence"], ranks=True)
    return vivid, coherent, difference(vivid, coherent, between.r)


def vivid_or_coherent(side: pd.DataFrame) -> pd.DataFrame:
    """`coherent_or_vivid` as a row: vividness, coherence (the correlations), difference with low and high, t, df.

    And persons. Empty where one of the three does not differ between persons.
    """
    vivid, coherent, gap = coherent_or_vivid(side)
    if np.isnan(gap.value):
        return pd.DataFrame()
    return pd.DataFrame(
        [{"vividness": vivid.r, "coherence": coherent.r, "difference": gap.value, "low": gap.low, "high": gap.high,
          "t": gap.t, "df": vivid.persons - 3, "persons": vivid.persons}]
    )  # fmt: skip


def over_time(measures: pd.DataFrame, daily: pd.DataFrame, days: Sequence[int]) -> pd.DataFrame:
    """Coherence at each assessment with the number of intrusions since the one before: Spearman's, by day.

    `measures`: person, day, fragmentation; `daily`: person, day, intrusions; `days` the assessments' days. Returns day,
    r, low, high, persons.
    """
    rows = []
    for before, day in zip([-1, *days[:-1]], days, strict=True):
        mine = measures[measures["day"] == day].set_index("person")["fragmentation"]
        inside = daily[(daily["day"] >= before) & (daily["day"] < day)]
        number = inside.groupby("person")["intrusions"].sum().reindex(mine.index, fill_value=0)
        rows.append({"day": day, **correlation(1.0 - mine, number, ranks=True)._asdict()})
    return pd.DataFrame(rows)


def confidence(intrusions: pd.DataFrame, memories: pd.DataFrame) -> pd.DataFrame:
    """Confidence and accuracy of what intrudes, by how arousing the event was (`BANDS`).

    `intrusions`: person, episode, confidence, accuracy; `memories`: person, episode, arousal. Each memory counts once,
    with its means; intervals are clustered by person (statsmodels OLS). Returns arousal, memories, persons, confidence,
    accuracy (means), ``over`` (confidence less accuracy) and ``slope`` (accuracy gained with a unit of confidence),
    each with low and high; NaN in a band where confidence does not vary or that has fewer than 10 persons.
    """
    import statsmodels.api as sm

    keys = ["person", "episode"]
    plain = {"episode": str}
    each = intrusions.groupby(keys, as_index=False, observed=True)[["confidence", "accuracy"]].mean().astype(plain)
    each = each.merge(memories[[*keys, "arousal"]].astype(plain), on=keys)
    band = pd.cut(each["arousal"], BANDS, right=False, labels=[f"{a:g} to {b:g}" for a, b in pairwise(BANDS)])
    band[each["arousal"] >= BANDS[-1]] = band.cat.categories[-1]
    rows = []
    for name, mine in each.groupby(band, observed=True):
        persons = mine["person"].nunique()
        row = {"arousal": str(name), "memories": len(mine), "persons": persons}
        row.update({side: float(mine[side].mean()) for side in ("confidence", "accuracy")})
        over, slope = [np.nan] * 3, [np.nan] * 3
        if persons >= 10 and mine["confidence"].std() > 1e-9:
            cluster = {"cov_type": "cluster", "cov_kwds": {"groups": mine["person"].to_numpy()}}
            sure, right = (mine[side].to_numpy(np.float64) for side in ("confidence", "accuracy"))
            level = sm.OLS(sure - right, np.ones((len(mine), 1))).fit(**cluster)
            line = sm.OLS(right, sm.add_constant(sure)).fit(**cluster)
            over = [level.params[0], *level.conf_int()[0]]
            slope = [line.params[1], *line.conf_int()[1]]
        for side, values in (("over", over), ("slope", slope)):
            row.update(zip((side, f"{side}_low", f"{side}_high"), map(float, values), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)
