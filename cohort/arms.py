"""The arms of a trial: those that are listed or that a design lists, each unlike the others, none before its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cohort.conditions import Conditions
from cohort.designs import (
    MOST_ARMS,
    Crossover,
    DoseFinding,
    Factorial,
    Given,
    PlannedArm,
    SteppedWedge,
    WaitingList,
    crossover,
    dose_finding,
    factorial,
    listed,
    stepped_wedge,
    waiting_list,
)
from cohort.errors import InputError, did_you_mean
from cohort.times import read_delay, read_duration
from cohort.toml_lines import KeyPath


class Arms(Conditions):
    """Resolves the arms, once interventions have their beginnings."""

    known_arms = True  # whether the design lists its arms

    def arms(self) -> tuple[PlannedArm, ...]:
        """The arms; without a trial one, of which all are part and which is given everything."""
        s = self.scenario
        if s.trial is None:
            if s.arms:
                self.fault(("arms", 0), "arms need [trial], which says who is randomized, and when")
            return (PlannedArm("everybody", tuple(Given(told.name) for told in s.interventions)),)
        designs = s.trial.designs
        if len(designs) + bool(s.arms) > 1:
            given = [*designs, *(["arms"] if s.arms else [])]
            self.fault(("trial",), f"{', '.join(given)} exclude each other; give one of them")
        elif not designs and not s.arms:
            self.fault(("trial",), "a trial needs [[arms]], or a design such as [trial.factorial]")
        try:
            arms = tuple(self.designed())
        except InputError as fault:
            self.fault(("trial", self.designed_by()), str(fault))
            self.known_arms = False
            return (PlannedArm("everybody"),)
        if len(arms) > MOST_ARMS:
            self.fault(("trial",), f"{len(arms)} arms; permitted: {MOST_ARMS}")
        if len(arms) == 1 and s.arms:
            self.fault(("arms", 0), "one arm alone; permitted: 2 or more")
        self.check_arms()
        self.alike(arms)
        return arms or (PlannedArm("everybody"),)

    def designed_by(self) -> str:
        """Key of the design."""
        return next(iter(self.scenario.trial.designs), "at") if self.scenario.trial is not None else "at"

    def designed(self) -> list[PlannedArm]:
        """The arms that the design lists. Raises InputError for a name or a duration that is not permitted."""
        trial = self.scenario.trial
        design = trial.design if trial is not None else None
        if design is None:
            out = []
            for k, arm in enumerate(self.scenario.arms):
                try:
                    delay = read_delay(arm.delay) if arm.delay is not None else 0
                except InputError as fault:
                    self.fault(("arms", k, "delay"), f"delay = {fault}")
                    continue
                given = listed(arm, delay)
                kept = tuple(one for one in given.given if one.intervention in self.interventions)
                out.append(PlannedArm(given.name, kept, given.ratio))
            return out
        of = (design.of,) if isinstance(design.of, str) else design.of
        for k, name in enumerate(of):
            if name in of[:k]:
                raise InputError(f"'{name}' is there twice; name each intervention once")
            if name not in self.interventions:
                raise InputError(f"there is no intervention '{name}'{did_you_mean(name, self.interventions)}")
        match design:
            case Factorial():
                return factorial(design)
            case Crossover():
                return crossover(design, read_duration(design.period))
            case WaitingList():
                return waiting_list(design, read_duration(design.wait))
            case SteppedWedge():
                return stepped_wedge(design, read_duration(design.every))
            case DoseFinding():
                if "mg" not in type(self.interventions[design.of]).model_fields:
                    raise InputError(f"intervention '{design.of}' gives no drug, so it has no dose")
                return dose_finding(design, [(text, read_delay(text)) for text in design.delays] or [("", 0)])

    def check_arms(self) -> None:
        """What listed arms name is there, once, and has a dose where one is given."""
        for k, arm in enumerate(self.scenario.arms):
            for n, name in enumerate(arm.interventions):
                if name not in self.interventions and name not in self.dropped:
                    close = did_you_mean(name, self.interventions)
                    self.fault(("arms", k, "interventions", n), f"there is no intervention '{name}'{close}")
                elif name in arm.interventions[:n]:
                    self.fault(("arms", k, "interventions", n), f"arm '{arm.name}' gives '{name}' twice")
            for name in arm.mg:
                if name not in arm.interventions:
                    self.fault(("arms", k, "mg", name), f"mg.{name}: the arm does not give '{name}'")
                elif name in self.interventions and "mg" not in type(self.interventions[name]).model_fields:
                    self.fault(("arms", k, "mg", name), f"mg.{name}: '{name}' gives no drug")

    def alike(self, arms: Sequence[PlannedArm]) -> None:
        """No arm is given what another is given before the study ends."""
        listed_at = {arm.name: k for k, arm in enumerate(self.scenario.arms)}
        unknown = {arm.name for arm in self.scenario.arms if not self.interventions.keys() >= {*arm.interventions}}
        first: dict[frozenset[Given], str] = {}
        for arm in arms:
            if arm.name in unknown:
                continue
            given = frozenset(replace(one, mg=self.mg(one)) for one in arm.given if self.in_time(one))
            if given in first:
                path: KeyPath = ("arms", listed_at[arm.name]) if self.scenario.arms else ("trial", self.designed_by())
                self.fault(path, f"arm '{arm.name}' is given the same as '{first[given]}'; arms must differ")
                if not self.scenario.arms:
                    break  # one design makes them all
            first.setdefault(given, arm.name)

    def in_time(self, given: Given) -> bool:
        """Whether it begins before the study ends, or would in the whole of a study that is cut short."""
        first = self.starts[given.intervention].earliest
        return self.scenario.study.shortened or first is None or first + given.delay < self.end

    def mg(self, given: Given) -> float | None:
        """Dose at which an arm gives an intervention; None where it is no drug."""
        return getattr(self.interventions[given.intervention], "mg", None) if given.mg is None else given.mg

    def place(self, arm: str, given: Given) -> KeyPath:
        """Where the dose stands that an arm gives; without one, the intervention."""
        if given.mg is None:
            return ("interventions", list(self.interventions).index(given.intervention))
        names = [listed.name for listed in self.scenario.arms]
        return ("arms", names.index(arm), "mg", given.intervention) if arm in names else ("trial", "dose_finding", "mg")

    def after_randomization(self, arms: Sequence[PlannedArm], at: int) -> None:
        """What arms differ in comes after randomization."""
        everywhere = set(arms[0].given).intersection(*(arm.given for arm in arms))
        for arm in arms:
            for given in arm.given:
                start = self.starts.get(given.intervention)
                if start is None or given in everywhere or start.minute is None:
                    continue
                if start.minute + given.delay < at:
                    k = [told.name for told in self.scenario.interventions].index(given.intervention)
                    self.fault(
                        ("interventions", k, "at"),
                        f"intervention '{given.intervention}' begins before randomization (trial.at); move one of them",
                    )
