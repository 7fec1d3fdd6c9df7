"""What a plan will do, for a reader: the calendar in the order in which it happens, who takes part, what is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from cohort.designs import Given
from cohort.genome import ANCESTRIES
from cohort.plan import Amount, Falling, Fixed, Plan, PlannedEvent, Spread
from cohort.times import DAY, written
from cohort.worlds import tree

if TYPE_CHECKING:
    from rich.console import Console

MOST_ROWS: Final = 300  # rows of the calendar that are printed; the plain form has all
_UNITS: Final = {"dose": "mg", "sleep_loss": "h"}


def description(plan: Plan) -> dict[str, Any]:
    """The plan as plain types: study, population, groups, surroundings, calendar, talk, records and parameters set."""
    scenario = plan.scenario
    study, population = scenario.study, scenario.population
    plain = population.model_dump(mode="json", exclude_none=True)
    plain["ancestry"] = plain.get("ancestry") or dict.fromkeys(ANCESTRIES, round(1.0 / len(ANCESTRIES), 6))
    talk = None
    if plan.talk is not None and scenario.talk is not None:
        rounds = plan.talk.rounds
        talk = {
            "about": list(scenario.talk.about), "rounds": len(rounds), "rate": plan.talk.rate,
            "support": plan.talk.support, "dose": plan.talk.dose,
            "first": written(rounds[0]) if rounds else None, "last": written(rounds[-1]) if rounds else None,
        }  # fmt: skip
    episodes = {episode: name for name, episode in plan.episodes.items()}
    return {
        "title": scenario.title,
        "study": {**study.model_dump(mode="json"), "left_out": plan.left_out},
        "population": plain,
        "groups": dict(scenario.groups),
        "surroundings": {
            "cue_rate": scenario.surroundings.cue_rate,
            "reminders": [
                {
                    "name": r.name, "scene": episodes[int(plan.scenes["episode"][r.index])], "per_week": r.per_week,
                    "first": written(r.first), "last": written(r.last),
                }
                for r in plan.reminders
            ],
        },
        "calendar": [_row(plan, event, episodes) for event in plan.events],
        "talk": talk,
        "records": {
            "measures": scenario.records.measures, "times_measured": len(plan.measures),
            "intrusions": scenario.records.intrusions, "focus": episodes[plan.focus],
        },
        "trial": _trial(plan),
        "parameters": dict(scenario.parameters),
    }  # fmt: skip


def _trial(plan: Plan) -> dict[str, Any]:
    """Interventions, instruments and arms, and how many days are lived for them."""
    protocol, told = plan.protocol, plan.scenario.trial
    interventions = []
    for name, one in protocol.interventions.items():
        start = protocol.starts[name]
        if start.minute is not None:
            begins = written(start.minute)
        elif start.anchor is not None:
            begins = f"{start.after} min after {start.anchor}"
        else:
            begins = f"when {one.when}"
        number = max((len(course) for (given, _), course in plan.courses.items() if given == name), default=0)
        interventions.append(
            {"name": name, "kind": one.kind, "begins": begins, "sessions": number, "who": one.who or "everybody"}  # type: ignore[attr-defined]
        )
    instruments = [
        {
            "name": name, "kind": one.told.kind, "scene": one.scene, "assessments": len(one.minutes),  # type: ignore[attr-defined]
            "first": written(one.minutes[0]) if one.minutes else None,
            "last": written(one.minutes[-1]) if one.minutes else None,
        }
        for name, one in protocol.instruments.items()
    ]  # fmt: skip
    if told is None or protocol.randomized is None:
        return {"interventions": interventions, "instruments": instruments}
    return {
        "interventions": interventions,
        "instruments": instruments,
        "randomized": written(protocol.randomized),
        "who": told.who or "everybody",
        "allocation": told.allocation,
        "arms": [
            {"name": arm.name, "ratio": arm.ratio, "given": [_given(given) for given in arm.given]}
            for arm in protocol.arms
        ],
        "reference": protocol.arms[protocol.reference].name,
        "outcomes": [{"name": o.name, "instrument": o.instrument, "at": written(o.minute)} for o in protocol.outcomes],
        "days_lived": round(tree(plan).days, 1),
    }


def _given(given: Given) -> str:
    later = f", {given.delay} min later" if given.delay else ""
    return given.intervention + (f", {given.mg:g} mg" if given.mg is not None else "") + later


def _row(plan: Plan, event: PlannedEvent, episodes: dict[int, str]) -> dict[str, Any]:
    day = plan.scenario.study.start + timedelta(days=event.minute // DAY)
    if event.kind == "dose":
        what = plan.scenario.events[event.position].drug  # type: ignore[union-attr]
    elif event.kind in ("experience", "reminder", "media", "recall"):
        what = episodes[int(plan.scenes["episode"][event.index])]
    else:
        what = ""
    return {
        "minute": event.minute, "at": written(event.minute), "date": day.isoformat(), "name": event.name,
        "kind": event.kind, "what": what, "amount": _amount(event.kind, event.amount),
        "who": event.who.text if event.who is not None else "everybody", "share": event.share,
    }  # fmt: skip


def _amount(kind: str, amount: Amount) -> str:
    if kind == "reminder":
        return ""
    if kind == "recall":
        return "" if amount == Fixed(1.0) else "read only"
    match amount:
        case Fixed(value):
            return f"{value:g} {_UNITS.get(kind, '')}".strip()
        case Spread(median, spread):
            return f"log-normal, median {median:g}, spread {spread:g}"
        case Falling(column, scale, most):
            return f"{most:g} exp(-{column} / {scale:g})"


def show(told: dict[str, Any], console: Console | None = None) -> None:
    """Print a description."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    out = console or Console()
    study, population = told["study"], told["population"]
    out.print(f"[bold]{escape(told['title'] or study['name'])}[/bold]")
    out.print(
        f"{study['persons']:,} simulated persons, {study['days']} days from {study['start']}, seed {study['seed']}"
    )
    if study["left_out"]:
        out.print(f"{study['left_out']} events lie after the end of the shortened study and are left out")
    out.print("\n[bold]Population[/bold]")
    for key, value in population.items():
        if value not in ({}, [], None):
            out.print(f"  {key}: {escape(_plain(value))}", highlight=False)
    for name, text in told["groups"].items():
        out.print(f"  group {escape(name)}: {escape(text)}", highlight=False)
    out.print("\n[bold]Calendar[/bold]")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("at", "date", "event", "what", "amount", "who"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("at", "date"))
    for row in told["calendar"][:MOST_ROWS]:
        who = row["who"] if row["share"] == 1.0 else f"{row['share']:.0%} of {row['who']}"
        what = f"{row['kind']} {row['what']}".replace("_", " ")
        cells = (row["at"], row["date"], row["name"], what, row["amount"], who)
        table.add_row(*(escape(cell) for cell in cells))
    out.print(table)
    if len(told["calendar"]) > MOST_ROWS:
        out.print(f"and {len(told['calendar']) - MOST_ROWS} more")
    surroundings = told["surroundings"]
    out.print(
        f"\n[bold]Surroundings[/bold]\n  everyday cues at {surroundings['cue_rate']:g} times everybody's own rate"
    )
    for row in surroundings["reminders"]:
        when = f"{row['first']} to {row['last']}"
        out.print(f"  {escape(row['name'])}: {row['per_week']:g} reminders of {escape(row['scene'])} a week, {when}")
    if talk := told["talk"]:
        about = escape(", ".join(talk["about"]))
        out.print(
            f"  talk about {about}: {talk['rounds']} rounds, {talk['first']} to {talk['last']}, rate {talk['rate']:g}"
        )
    _show_trial(told["trial"], out)
    records = told["records"]
    every = "every intrusion, " if records["intrusions"] else ""
    out.print(
        f"\n[bold]Recorded[/bold]\n  {every}measures every {records['measures']} ({records['times_measured']} times)"
    )
    out.print(f"  measures speak of the memory of {escape(records['focus'])}")
    for name, value in told["parameters"].items():
        out.print(f"  parameter {escape(name)} = {value:g}")


def _show_trial(trial: dict[str, Any], out: Console) -> None:
    from rich.markup import escape

    if trial["interventions"]:
        out.print("\n[bold]Interventions[/bold]")
    for row in trial["interventions"]:
        what = f"{row['kind']}, {row['sessions']} sessions, begins {row['begins']}, for {row['who']}"
        out.print(f"  {escape(row['name'])}: {escape(what)}", highlight=False)
    if trial["instruments"]:
        out.print("\n[bold]Instruments[/bold]")
    for row in trial["instruments"]:
        when = f"{row['assessments']} times, {row['first']} to {row['last']}" if row["assessments"] else "never"
        out.print(f"  {escape(row['name'])}: {row['kind']} of {escape(row['scene'])}, {when}", highlight=False)
    if "arms" not in trial:
        return
    out.print(f"\n[bold]Trial[/bold]\n  randomized ({trial['allocation']}) at {trial['randomized']}: "
              f"{escape(trial['who'])}", highlight=False)  # fmt: skip
    for arm in trial["arms"]:
        mark = ", the reference" if arm["name"] == trial["reference"] else ""
        given = "; ".join(arm["given"]) or "nothing"
        out.print(f"  arm {escape(arm['name'])} ({arm['ratio']}): {escape(given)}{mark}", highlight=False)
    for outcome in trial["outcomes"]:
        out.print(f"  outcome {escape(outcome['name'])}: {escape(outcome['instrument'])} at {outcome['at']}",
                  highlight=False)  # fmt: skip
    out.print(f"  each person lives {trial['days_lived']:g} days in all, as arms share what they have in common",
              highlight=False)  # fmt: skip


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items() if inner is not None)
    if isinstance(value, list):
        return ", ".join(_plain(inner) for inner in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
