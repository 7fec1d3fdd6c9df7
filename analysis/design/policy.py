"""Who should get what: a policy learned from measurements, and its worth on persons it was not learned from.

Everybody lives under every arm, so a policy's value is what its arms do, without estimating propensities. It is learned
on four fifths of the persons and valued on the rest, in turn. What it is held against is the one arm that is best for
all of these persons, which is also what they get where nothing that is measured tells them apart: chosen anew in each
part, it would be the worse arm wherever two are nearly alike, and any policy would seem to gain.

The oracle knows each person's expected effects: for each life it chooses by the person's other seeds, or luck would
count as knowledge. What these tell is drawn towards the mean of all by as much of it as is luck (`oracle`). With few
seeds it knows little, and a policy, which also sees how a life began, may do better; `Appraisal.stability` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.design import tree as trees
from analysis.design.lives import Choice, Lives, Resampled, interval
from analysis.design.tree import Leaf, Tree
from analysis.trials.effects import benefit
from analysis.trials.outcome import TrialError

FOLDS = 5  # of persons, each held out once
_INNER = 3  # folds of the learning persons, for the depth
REGIMES = ("status_quo", "one_size", "policy", "flexible", "oracle")
Rule = Callable[[pd.DataFrame], Choice]  # measurements (n, m) to the arm of each row (n,)
Learner = Callable[[Lives, NDArray[np.bool_]], Rule]  # lives, and which of them to learn from (n,)


@dataclass(frozen=True)
class Appraisal:
    """What regimes are worth on held-out persons.

    `regimes`, indexed by `REGIMES` (flexible where it was asked for): value (mean outcome, in its unit), gain over the
    status quo, over_one_size and regret against the oracle (above 0: better, worse), each with _low and _high (95%);
    helped and harmed (shares of persons whose mean gain over seeds is beyond the margin), nnt (persons for whom the
    regime must decide for one more to be helped than harmed; NaN where neither prevails). `shares`: of lives that get
    each arm, regimes by arms. `recovered` (estimate, low, high) is the policy's share of what the oracle gains over one
    size for all, NaN where the interval of that reaches 0. `tree` is learned from all persons. `stability` is, by arm,
    the share of the variance of persons' mean gains over these seeds that is theirs, not luck's.
    """

    regimes: pd.DataFrame
    shares: pd.DataFrame
    recovered: tuple[float, float, float]
    tree: Tree
    stability: pd.Series
    choices: dict[str, Choice]

    @property
    def common(self) -> str:
        """The arm that is best for all."""
        return str(self.shares.loc["one_size"].idxmax())

    @property
    def pays(self) -> bool:
        """Whether the policy is better than one size for all beyond chance."""
        return bool(self.regimes["over_one_size_low"]["policy"] > 0.0)


def appraise(lives: Lives, depth: int, *, flexible: bool = True, key: int = 1) -> Appraisal:
    """Learn policies and value them; `key` is what chance decides by.

    Raises TrialError with fewer than two seeds or `FOLDS` persons, ValueError for a depth beyond 0 to 3.
    """
    choices: dict[str, Choice] = {"status_quo": np.zeros(len(lives.person), dtype=np.int64)}
    choices["one_size"] = np.full(len(lives.person), best(lives), dtype=np.int64)
    choices["policy"] = held_out(lives, tree_of(depth, key), key)
    if flexible:
        choices["flexible"] = held_out(lives, boosted, key)
    choices["oracle"] = oracle(lives)
    gains = {name: lives.chosen(choice) for name, choice in choices.items()}
    means, draws = Resampled(lives, key).means({"reference": lives.outcomes[:, 0], **gains})
    sign = lives.outcome.sign
    rows = []
    for name in choices:
        row: dict[str, float] = {}
        compared = {
            "value": (means["reference"] + sign * means[name], draws["reference"] + sign * draws[name]),
            "gain": (means[name], draws[name]),
            "over_one_size": (means[name] - means["one_size"], draws[name] - draws["one_size"]),
            "regret": (means["oracle"] - means[name], draws["oracle"] - draws[name]),
        }
        for what, (estimate, resampled) in compared.items():
            row[what] = float(estimate)
            row[f"{what}_low"], row[f"{what}_high"] = interval(resampled)
        rows.append(row | _helped(lives, gains[name]))
    shares = {name: np.bincount(choice, minlength=len(lives.arms)) / len(choice) for name, choice in choices.items()}
    return Appraisal(
        pd.DataFrame(rows, index=list(choices)),
        pd.DataFrame(shares, index=list(lives.arms)).T,
        _recovered(means, draws),
        learn(lives, np.ones(len(lives.person), dtype=bool), depth, key),
        _stability(lives),
        choices,
    )


def held_out(lives: Lives, learner: Learner, key: int) -> Choice:
    """The arm of each life by what was learned from other persons, shape (n,)."""
    fold = lives.folds(FOLDS, key)
    choice = np.zeros(len(fold), dtype=np.int64)
    for k in range(FOLDS):
        mine = fold == k
        choice[mine] = learner(lives, ~mine)(lives.measurements[mine])
    return choice


def best(lives: Lives) -> int:
    """The arm that is best for all."""
    return int(lives.gains.mean(axis=0).argmax())


def tree_of(depth: int, key: int) -> Learner:
    """A `Learner` of `learn`."""

    def learner(lives: Lives, rows: NDArray[np.bool_]) -> Rule:
        tree = learn(lives, rows, depth, key)
        return lambda measured: trees.assign(tree, measured)

    return learner


def learn(lives: Lives, rows: NDArray[np.bool_], depth: int, key: int) -> Tree:
    """A tree of at most `depth`, from the lives of `rows` (n,).

    It is only as deep as helps persons it was not grown from: the next level counts when it adds more than one standard
    error over persons (Breiman et al. 1984, Classification and Regression Trees), so that nothing grows from noise.
    """
    measured = lives.measurements[rows]
    gains, person = lives.gains[rows], lives.person[rows]
    persons, place = np.unique(person, return_inverse=True)
    common = best(lives)
    taken = 0
    if depth and len(persons) > _INNER:
        rng = np.random.default_rng([key, 3])
        fold = rng.permutation(np.resize(np.arange(_INNER), len(persons)))[place]
        found = np.zeros((depth + 1, len(gains)))
        found[0] = gains[:, common]
        for k in range(_INNER):
            mine = fold == k
            for level in range(1, depth + 1):
                tree = trees.grow(measured[~mine], gains[~mine], level)
                choice = trees.assign(tree, measured[mine])
                found[level, mine] = gains[mine][np.arange(len(choice)), choice]
        for level in range(1, depth + 1):
            added = np.bincount(place, weights=found[level] - found[taken])
            if added.mean() > added.std(ddof=1) / np.sqrt(len(added)):
                taken = level
    return trees.grow(measured, gains, taken) if taken else Leaf(common)


def boosted(lives: Lives, rows: NDArray[np.bool_]) -> Rule:
    """A `Learner`: gradient boosting of each arm's gain (scikit-learn), and the arm with the best prediction."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # seconds

    if not lives.measurements.shape[1]:
        common = best(lives)
        return lambda found: np.full(len(found), common, dtype=np.int64)
    measured = lives.measurements[rows].to_numpy(np.float64)
    shape = {"max_iter": 100, "learning_rate": 0.05, "max_leaf_nodes": 8}
    least = max(int(0.02 * len(measured)), 1)
    fits = []
    for gain in lives.gains[rows, 1:].T:
        model = HistGradientBoostingRegressor(**shape, min_samples_leaf=least, early_stopping=False)
        fits.append(model.fit(measured, gain))

    def choose(found: pd.DataFrame) -> Choice:
        values = found.to_numpy(np.float64)
        predicted = [np.zeros(len(values)), *(fit.predict(values) for fit in fits)]
        return np.column_stack(predicted).argmax(axis=1)

    return choose


def oracle(lives: Lives) -> Choice:
    """The best arm for each life by the person's expected effects over the other seeds, shape (n,).

    The mean of the other seeds is shrunk towards that of all persons, by the shares of variance between and within
    persons (best linear prediction: Robinson 1991, 10.1214/ss/1177011926); a person with one life gets the arm that is
    best for all. Raises TrialError with fewer than two seeds.
    """
    if len(np.unique(lives.seed)) < 2:
        raise TrialError("one seed; the oracle chooses on some seeds and is valued on others, so give two or more")
    other = lives.total(np.ones(len(lives.person)))[lives.place] - 1.0
    sums = lives.total(lives.gains)[lives.place] - lives.gains
    mean = lives.gains.mean(axis=0)
    between, within = _components(lives)
    least = np.maximum(other, 1.0)[:, None]
    noise = between + within / least
    share = np.where((other > 0.0)[:, None] & (noise > 0.0), between / np.where(noise > 0.0, noise, 1.0), 0.0)
    return (mean + share * (sums / least - mean)).argmax(axis=1)


def _helped(lives: Lives, gains: NDArray[np.float64]) -> dict[str, float]:
    count = lives.total(np.ones(len(gains)))
    expected = pd.Series(lives.outcome.sign * lives.total(gains) / count)
    kind = benefit(expected, lives.outcome)
    helped, harmed = float((kind > 0.0).mean()), float((kind < 0.0).mean())
    net = helped - harmed if lives.outcome.cutoff is None else float(gains.mean())
    return {"helped": helped, "harmed": harmed, "nnt": 1.0 / net if net else np.nan}


def _recovered(means: pd.Series, draws: pd.DataFrame) -> tuple[float, float, float]:
    possible = draws["oracle"] - draws["one_size"]
    if not interval(possible)[0] > 0.0:
        return np.nan, np.nan, np.nan
    share = (means["policy"] - means["one_size"]) / (means["oracle"] - means["one_size"])
    return float(share), *interval((draws["policy"] - draws["one_size"]) / possible.where(possible > 0.0, np.nan))


def _components(lives: Lives) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance of gains between and within persons, each of shape (arms,), over persons with two lives or more.

    By a one-way analysis of variance (Searle et al. 1992, Variance Components); 0 without such persons.
    """
    count = lives.total(np.ones(len(lives.person)))
    several = count > 1
    if several.sum() < 2:
        return np.zeros(len(lives.arms)), np.zeros(len(lives.arms))
    rows, count = several[lives.place], count[several]
    gains, place = lives.gains[rows], (np.cumsum(several) - 1)[lives.place[rows]]
    sums = np.column_stack([np.bincount(place, weights=gain) for gain in gains.T])
    means, groups, n = sums / count[:, None], len(count), float(count.sum())
    within = ((gains - means[place]) ** 2).sum(axis=0) / (n - groups)
    between = (count[:, None] * (means - sums.sum(axis=0) / n) ** 2).sum(axis=0) / (groups - 1)
    lives_each = (n - float((count**2).sum()) / n) / (groups - 1)
    return np.maximum(between - within, 0.0) / lives_each, within


def _stability(lives: Lives) -> pd.Series:
    """Share of the variance of persons' mean gains that is theirs, at the mean number of lives; NaN without spread."""
    between, within = (part[1:] for part in _components(lives))
    noise = between + within * len(lives.persons) / len(lives.person)
    share = np.where(noise > 0.0, between / np.where(noise > 0.0, noise, 1.0), np.nan)
    return pd.Series(share, index=list(lives.arms[1:]))


def said(found: Appraisal, lives: Lives) -> Sequence[str]:
    """What was found, in sentences with intervals."""
    unit = "" if lives.outcome.unit in ("", "1") or lives.outcome.cutoff is not None else f" {lives.outcome.unit}"
    rows = found.regimes.to_dict(orient="index")
    row, possible, common = rows["policy"], rows["oracle"], rows["one_size"]
    gain = f"{row['over_one_size']:.3g}{unit} (95% {row['over_one_size_low']:.3g} to {row['over_one_size_high']:.3g})"
    told = []
    if found.pays:
        told.append(f"Choosing by what is measured gains {gain} a person over {found.common} for all.")
    elif row["over_one_size_high"] < 0.0:
        told.append(f"Choosing by what is measured is worse than {found.common} for all: {gain} a person.")
    else:
        told.append(
            f"Choosing by what is measured gains nothing that can be told from 0 over {found.common} for all: {gain}."
        )
    if np.isnan(found.recovered[0]):
        low, high = possible["over_one_size_low"], possible["over_one_size_high"]
        told.append(
            f"Nor could knowledge of each person's expected effects: {possible['over_one_size']:.3g}{unit}"
            f" ({low:.3g} to {high:.3g}), as far as these seeds show."
        )
    else:
        share, low, high = found.recovered
        told.append(
            f"That is {share:.0%} ({low:.0%} to {high:.0%}) of what knowledge of each person's expected effects gains."
        )
    told.append(
        f"Policy: {row['harmed']:.1%} of persons harmed and {row['helped']:.1%} helped, against"
        f" {common['harmed']:.1%} and {common['helped']:.1%} with {found.common} for all."
    )
    return told
