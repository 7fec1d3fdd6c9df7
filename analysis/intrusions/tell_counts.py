"""Of the chapter on intrusions: persons' totals, their spread, and the persons without any."""

from __future__ import annotations

import numpy as np

from analysis.intrusions import rootogram_figure
from analysis.intrusions.counts import Counts, negative_binomial
from analysis.intrusions.dispersion import rootograms
from analysis.intrusions.dispersion import told as described
from analysis.intrusions.fitting import Vector
from analysis.intrusions.known import AT, CALL, Known, by_covariate, part
from analysis.intrusions.zeros import CLEARLY, excess_zeros, zero_check
from analysis.section import Picture, Section, Table

_FIT = f"fit = {AT}.counts.negative_binomial(known.counts, known.weeks, known.covariates); "
MOST_ZEROS = 20_000  # persons of the models of zeros; of more, so many at even distances in the order of their ids


def tell(known: Known) -> list[Section]:
    """The regression of totals, their spread, and the zeros; where the regression has no fit, a warning instead."""
    counts, persons = known.counts, len(known.covariates)
    fit = negative_binomial(counts, known.weeks, known.covariates)
    if fit is None:
        some = int((counts > 0).sum())
        why = f"{some} of {persons} persons with intrusions: the negative binomial regression of totals has no fit"
        return [part(warnings=(why,))]
    call = f"{CALL}{AT}.counts.negative_binomial(known.counts, known.weeks, known.covariates).table"
    note = (
        f"n = {persons:,} persons. Rate: intrusions a week at the covariates' means; others: incidence rate ratios. "
        "Intervals of 95% by the sandwich (HC1); model_low and model_high by the model's own information. Dispersion "
        f"alpha {fit.alpha[0]:.2f} ({fit.alpha[1]:.2f} to {fit.alpha[2]:.2f}), AIC {fit.aic:.1f}."
    )
    table = Table("intrusions-totals", "Negative binomial regression of intrusions per person", fit.table, call, note)
    methods = (
        "Totals per person: negative binomial regression (NB2) by maximum likelihood with the logarithm of the weeks "
        "at risk as offset, dispersion estimated with it (Lawless 1987, doi:10.2307/3314912), sandwich intervals.",
    )
    width = np.log(fit.table["high"] / fit.table["low"]) / np.log(fit.table["model_high"] / fit.table["model_low"])
    told = list(fit.told)
    if width.max() > 1.5:
        told.append(
            f"the negative binomial's own intervals are up to {width.max():.1f} times too narrow for these totals, "
            "whose spread is not quite its own; those by the sandwich are given"
        )
    regression = part(
        tables=(table,),
        findings=by_covariate(fit.table, "Rate ratios of intrusions in all"),
        warnings=tuple(told),
        methods=methods,
    )
    if persons <= MOST_ZEROS:
        return [regression, _spread(counts, fit), _zeros(known, fit, f"{CALL}{_FIT}")]
    fewer = known.only(MOST_ZEROS)
    again = negative_binomial(fewer.counts, fewer.weeks, fewer.covariates)
    made = f"{CALL}known = known.only({MOST_ZEROS}); {_FIT}"
    return [regression, _spread(counts, fit), *([] if again is None else [_zeros(fewer, again, made)])]


def _spread(counts: Vector, fit: Counts) -> Section:
    frame, bins = described(counts, fit), rootograms(counts, fit)
    models = {str(name): mine for name, mine in bins.groupby("model", sort=False)}
    spread_table = Table(
        "intrusions-dispersion", "Spread of intrusions per person", frame,
        f"{CALL}{_FIT}{AT}.dispersion.told(known.counts, fit)",
        "Variance over mean (index) and the alpha of variance = m + alpha m² by Cameron & Trivedi's regression and by "
        "maximum likelihood (nb_alpha), with 95% intervals; dean: score statistic, standard normal for a Poisson.",
    )  # fmt: skip
    bins_table = Table(
        "intrusions-rootogram", "Observed and expected numbers of persons by intrusions", bins,
        f"{CALL}{_FIT}{AT}.dispersion.rootograms(known.counts, fit)", f"n = {len(counts):,} persons.",
    )  # fmt: skip
    text = (
        f"Hanging rootograms of {len(counts):,} persons' totals under the fitted models. Bars hang from the expected "
        "square root; where one ends below 0 the model expects too few persons, above 0 too many. Bins widen beyond 10."
    )
    picture = Picture(
        "intrusions-rootogram", "Which distribution the totals follow", rootogram_figure.draw(models), text
    )
    finding = (
        f"The variance of totals is {frame['index'].iloc[0]:.3g} times their mean (1 if only chance spread them); "
        f"the negative binomial's alpha is {fit.alpha[0]:.2f} (95% {fit.alpha[1]:.2f} to {fit.alpha[2]:.2f})."
    )
    methods = (
        "Dispersion: Cameron & Trivedi 1990 (doi:10.1016/0304-4076(90)90014-K) with HC3 errors, Dean 1992 "
        "(doi:10.1080/01621459.1992.10475225); rootograms after Kleiber & Zeileis 2016 "
        "(doi:10.1080/00031305.2016.1173590).",
    )
    return part(tables=(spread_table, bins_table), pictures=(picture,), findings=(finding,), methods=methods)


def _zeros(known: Known, fit: Counts, made: str) -> Section:
    """`fit` is that of the totals of `known`; `made` are the statements of a call that make both."""
    counts = known.counts
    check = zero_check(counts, fit.mean, fit.alpha[0])
    said = (
        f"{check['observed']:,} persons had no intrusion; the negative binomial expects {check['expected']:.0f} (95% "
        f"of sets drawn from it: {check['low']:.0f} to {check['high']:.0f})"
    )
    methods = [
        "Zeros: a hurdle or zero inflation is called for where the persons without any lie outside 95% of 500 sets "
        f"drawn from the fitted negative binomial; it is preferred where its AIC is lower by {CLEARLY:g} or more."
    ]
    tables = [
        Table(
            "intrusions-zeros", "Persons without an intrusion", check.to_frame().T,
            f"{made}{AT}.zeros.zero_check(known.counts, fit.mean, fit.alpha[0]).to_frame().T",
            f"n = {len(counts):,} persons.",
        )
    ]  # fmt: skip
    if not check["called_for"]:
        return part(
            tables=tuple(tables), findings=(f"{said}: no model with zeros of their own is called for.",),
            methods=tuple(methods),
        )  # fmt: skip
    models, terms, told = excess_zeros(counts, known.weeks, known.covariates, fit)
    call = f"{made}{AT}.zeros.excess_zeros(known.counts, known.weeks, known.covariates, fit)"
    tables.append(
        Table("intrusions-zero-models", "Models with zeros of their own", models, call + "[0]", "AIC: lower is better.")
    )
    if len(terms):
        note = "95% intervals by the model's information; odds or incidence rate ratios; rate: intrusions a week."
        tables.append(Table("intrusions-zero-terms", "Terms of these models", terms, call + "[1]", note))
    methods.append(
        "Hurdle: logistic regression for any, zero-truncated negative binomial for how many (Mullahy 1986, "
        "doi:10.1016/0304-4076(86)90002-3); zero inflation: Lambert 1992 (doi:10.2307/1269547)."
    )
    fitted = models[models["converged"].astype(bool)].set_index("model")["aic"]
    best = str(fitted.idxmin()) if len(fitted) else "negative binomial"
    gain = float(fitted.get("negative binomial", np.nan) - fitted.min()) if len(fitted) else np.nan
    if best != "negative binomial" and gain >= CLEARLY:
        finding = f"{said}: a {best} model fits better (AIC lower by {gain:.1f})."
    else:
        finding = f"{said}; still no model with zeros of their own fits clearly better (AIC)."
    return part(tables=tuple(tables), findings=(finding,), warnings=tuple(told), methods=tuple(methods))
