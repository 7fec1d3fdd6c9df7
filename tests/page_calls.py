"""The calls that a report's page gives of its tables, run as they stand there."""

from __future__ import annotations

import ast
import html
import io
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.report.printed import flat

_CALL = re.compile(r'<a href="tables/([^"]+)\.csv">CSV</a> of <code>(.*?)</code>', re.DOTALL)


def calls(page: Path) -> dict[str, str]:
    """The call of each table on the page, by the table's name."""
    return {name: html.unescape(call) for name, call in _CALL.findall(page.read_text("utf-8"))}


class Notebook:
    """Runs calls one after the other, as a reader would: what the same statements have made is not made again."""

    def __init__(self, **given: Any) -> None:
        self._given = dict(given)
        self._made: dict[tuple[str, ...], dict[str, Any]] = {}

    def frame(self, call: str) -> pd.DataFrame:
        """The value of the call's last expression, as the table's CSV holds it."""
        *before, last = (ast.unparse(statement) for statement in ast.parse(call).body)
        for name in re.findall(r"analysis(?:\.\w+)+", call):
            self._import(name)
        names = dict(self._given)
        for k, statement in enumerate(before, 1):
            known = self._made.get(tuple(before[:k]))
            if known is None:
                exec(statement, names)
                known = self._made[tuple(before[:k])] = dict(names)
            names = dict(known)
        made = eval(last, names)
        return pd.read_csv(io.StringIO(flat(made).to_csv(index=False)))

    def _import(self, name: str) -> None:
        parts = name.split(".")
        for length in range(2, len(parts) + 1):
            try:
                import_module(".".join(parts[:length]))
            except ModuleNotFoundError:
                break
        self._given["analysis"] = import_module("analysis")


def strays(page: Path, notebook: Notebook) -> dict[str, str]:
    """What is wrong of each table whose call does not give its CSV."""
    found = {}
    for name, call in calls(page).items():
        try:
            pd.testing.assert_frame_equal(notebook.frame(call), pd.read_csv(page.parent / "tables" / f"{name}.csv"))
        except Exception as fault:  # whatever it is, the reader cannot have the table by that call
            found[name] = f"{type(fault).__name__}: {fault}"
    return found
