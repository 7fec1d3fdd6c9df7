"""Twins, polygenic scores and named variants, where the persons have them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.section import Draft, Table
from analysis.variation import twins
from analysis.variation.genes import scores, variants
from analysis.variation.known import CALL, Known, bracketed
from analysis.variation.outcomes import LABELS, RATE
from analysis.variation.variants import CASE, against_limits

_TROUBLED = "who still has an intrusion a week at the end"


def tell_twins(known: Known, told: Draft) -> None:
    """Genes, home and the rest, from identical and fraternal twins; nothing where nobody has a twin."""
    mz, dz = (
        twins.pairs(known.outcomes[RATE], known.persons) if "zygosity" in known.persons else (np.empty((0, 2)),) * 2
    )
    if not len(mz) and not len(dz):
        return
    try:
        moments = twins.moments(mz, dz)
    except twins.NoTwinsError as fault:
        told.warnings.append(f"Genes and home cannot be told apart: {fault}.")
        for kind, some in (("identical", mz), ("fraternal", dz)):
            if len(some) >= twins.LEAST and some.std() > 0.0:
                r, se = twins.correlation(some)
                told.findings.append(
                    f"{kind.capitalize()} twins' {LABELS[RATE]} correlate by "
                    f"{bracketed(r, r - 1.96 * se, r + 1.96 * se)} ({len(some):,} pairs, 95% interval)"
                    + ("; heritability is at most that." if kind[0] == "i" else ".")
                )
        return
    simple, models = twins.falconer(mz, dz), twins.maximum_likelihood(moments)
    n = f"{len(mz):,} identical and {len(dz):,} fraternal pairs"
    read = f"{CALL}mz, dz = analysis.variation.twins.pairs(known.outcomes['{RATE}'], known.persons); "
    told.tables += [
        Table(
            "twin_correlations", "Twins: correlations and Falconer's shares", simple,
            f"{read}analysis.variation.twins.falconer(mz, dz)",
            f"{LABELS[RATE].capitalize()}; {n}. A: genes, C: the home that twins share, E: the rest. 95% intervals.",
        ),
        Table(
            "twin_models", "Twins: models by maximum likelihood", models,
            f"{read}analysis.variation.twins.maximum_likelihood(analysis.variation.twins.moments(mz, dz))",
            f"{n}. A, C, E: variances; a2, c2, e2: shares. chi2, df and p compare with ACE. Components may be below 0.",
        ),
    ]  # fmt: skip
    full, best = models.iloc[0], models["model"].iloc[int(models["aic"].to_numpy().argmin())]
    shares = [f"{word} {bracketed(full[s], full[f'{s}_low'], full[f'{s}_high'])}" for s, word in _WORDS.items()]
    told.findings.append(
        f"By twins ({n}), the variance of {LABELS[RATE]} divides into {', '.join(shares)} (95% intervals). "
        f"Of ACE, AE, CE and E, {best} has the lowest information criterion."
    )
    low = [word for s, word in _WORDS.items() if full[f"{s}_high"] < 0.0]
    if low:
        told.warnings.append(f"A share below 0 ({', '.join(low)}): the twin model does not fit these twins.")
    told.methods.append(
        "Twins: Falconer's formulae, and ACE, AE, CE and E by maximum likelihood, pairs taken as bivariate normal, "
        "components not kept above 0; twins are taken to meet alike environments whatever their kind."
    )


_WORDS = {"a2": "genes", "c2": "shared home", "e2": "the rest, chance with it"}


_TELLS = {
    "incremental r2": f"explains {{}} of the variance of {LABELS[RATE]} beyond sex, age and ancestry",
    "auc": f"tells {_TROUBLED} from the others with an area under the curve of {{}}",
}


def tell_scores(known: Known, told: Draft) -> None:
    """How each polygenic score does; nothing where the persons have none."""
    frame = scores(known)
    for name, found in () if frame.empty else frame.groupby("score", sort=False):
        row = found.set_index("what")
        for what, words in _TELLS.items():
            value, low, high = (float(row[end][what]) for end in ("value", "low", "high"))
            if np.isnan([value, low, high]).any():
                told.warnings.append(f"{name}: no {what}; too few persons or cases, or no variance.")
            else:
                told.findings.append(
                    f"The score {name} {words.format(bracketed(value, low, high, '.3f'))} (n = {len(known.persons):,})."
                )
    if len(frame):
        told.tables.append(
            Table(
                "polygenic", "Polygenic scores", frame, f"{CALL}analysis.variation.genes.scores(known)",
                f"Case: {_TROUBLED}. R² adjusted, of {LABELS[RATE]}; covariates sex, age and ancestry. 95% intervals.",
            )
        )  # fmt: skip
        told.methods.append(
            "Polygenic scores: adjusted R² with jackknife intervals, logistic regression, and the area under the ROC "
            "curve with DeLong's interval (10.2307/2531595)."
        )


def tell_variants(known: Known, limits: Mapping[str, float] | None, told: Draft) -> None:
    """The scan of named variants, held against `limits` where given; nothing where the persons have none."""
    found = variants(known)
    if found.empty:
        return
    told.tables.append(
        Table(
            "variants", "Scan of named variants", found,
            f"{CALL}analysis.variation.genes.variants(known)",
            f"Explained: share of the variance within ancestries, less what chance gives. Odds: ratio for an allele "
            f"more, of {CASE} ({_TROUBLED}), ancestry in the model. 95% intervals, of each variant by itself.",
        )
    )  # fmt: skip
    if found["odds"].isna().all():
        told.warnings.append("No odds ratios of variants: too few persons are, or are not, troubled at the end.")
    if found["explained"].notna().any():
        first = found.iloc[int(np.nanargmax(found["explained"].to_numpy(np.float64)))]
        told.findings.append(
            f"Of {found['variant'].nunique()} named variants, {first['variant']} explains most: "
            f"{bracketed(100 * first['explained'], 100 * first['low'], 100 * first['high'])}% of the variance of "
            f"{LABELS[str(first['outcome'])]} (95% interval; n = {int(first['n']):,})."
        )
    if limits:
        held = against_limits(found, limits)
        told.tables.append(
            Table(
                "variant_limits", "Named variants against published limits", held,
                f"{CALL}analysis.variation.variants.against_limits(analysis.variation.genes.variants(known), "
                f"{dict(limits)})",
                "Bound: one-sided 95% for all variants and outcomes at once (Bonferroni).",
            )
        )  # fmt: skip
        for row in held[held["verdict"] != "no data"].itertuples():
            what = "share of the variance" if row.limit == "variance" else "odds ratio an allele"
            told.findings.append(
                f"Largest {what} of a named variant: {row.largest:.3g}, bound {row.bound:.3g}; permitted "
                f"{row.permitted:g}: {row.verdict}."
            )
    told.methods.append(
        "Named variants: squared correlation within ancestries with family-wise standard errors, and logistic "
        "regression. Sizes, not p-values, are held against limits: in large samples candidate variants explain next to "
        "nothing (Border et al. 2019, 10.1176/appi.ajp.2018.18070881)."
    )
