"""The command line: what it imports, how it refuses, how it ends."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cohort import __version__, catalogue
from cohort.cli import main
from cohort.errors import CohortError
from cohort.parameters import GRADES, table

RUN = "import sys; from cohort.cli import main; sys.exit(main())"


def child(*arguments: str, stdout: int) -> subprocess.CompletedProcess[str]:
    """Run a command in its own process; its output is buffered, so that what is left at the end matters."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-c", RUN, *arguments]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, env=buffered)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must be refused; return its message."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cohort: ")
    return err.removeprefix("cohort: ").removesuffix("\n")


# --- help and version


def test_help_imports_nothing_heavy() -> None:
    """Help must appear at once; whole libraries behind it would each take from a tenth of a second to two."""
    code = (
        "import sys\n"
        "from cohort.cli import main\n"
        "assert main(['--help']) == 0\n"
        "assert main(['parameters', '--help']) == 0\n"
        "print('loaded:', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "cohort" in loaded
    assert loaded.isdisjoint({"numba", "numpy", "pandas", "pyarrow", "matplotlib", "scipy", "rich"})


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"cohort {__version__}\n"


# --- what a user asks wrongly


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["parametres"], "parameters"),
        (["parameters", "--nam", "x"], "--name"),
        (["parameters", "stray"], "stray"),
        (["parameters", "--name"], "--name"),
    ],
)
def test_usage_errors_end_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert "Traceback" not in err


def test_a_name_that_matches_nothing_is_answered_with_the_closest(capsys: pytest.CaptureFixture[str]) -> None:
    name = max(table(), key=len)
    misspelt = name[:2] + name[3:]
    assert refusal(capsys, "parameters", "--name", misspelt) == (
        f"parameters: no name matches '{misspelt}'; the closest is '{name}'"
    )
    assert "; the closest is '" in refusal(capsys, "parameters", "--name", "*?*0000*")


def test_unknown_grade_and_group_are_named_together(capsys: pytest.CaptureFixture[str]) -> None:
    p = next(iter(table().values()))
    message = refusal(capsys, "parameters", "--grade", "mesured", "--group", p.group + "s")
    assert message.startswith("parameters: 2 faults\n")
    assert "unknown grade 'mesured'; did you mean 'measured'?" in message
    assert ", ".join(GRADES) in message
    assert f"no group is named '{p.group}s'; the closest is '{p.group}'" in message


def test_filters_that_together_match_nothing_say_so_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    p = next(iter(table().values()))
    other = next(q.group for q in table().values() if q.group != p.group)
    message = refusal(capsys, "parameters", "--name", p.name, "--group", other)
    assert "\n" not in message
    assert f"the closest is '{p.name}' (group {p.group}, grade {p.grade})" in message


def test_every_fault_of_set_comes_in_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third, *_ = table().values()
    wrong = (
        f"{first.name[:-1]}=1",
        second.name,
        f"{second.name}=x",
        f"{third.name}={third.high + 1!r}",
        "=2",
    )
    message = refusal(capsys, "parameters", *(word for setting in wrong for word in ("--set", setting)))
    assert message.startswith("parameters: 5 faults\n")
    for part in (
        f"unknown parameter '{first.name[:-1]}'; did you mean '",
        f"'{second.name}' is not of the form NAME=VALUE",
        f"{second.name} = 'x' is of the wrong type",
        f"{third.name} = {third.high + 1!r} is out of range; permitted: a number from {third.low:.12g}",
        "'=2' is not of the form NAME=VALUE",
    ):
        assert part in message
    twice = refusal(capsys, "parameters", *(2 * ["--set", f"{first.name}={first.value!r}"]))
    assert twice == f"parameters: {first.name} is given twice"


def test_two_forms_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "exclude each other" in refusal(capsys, "parameters", "--json", "--csv")


# --- how a terminal shows it


@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_shows_every_word_within_its_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["parameters"]) == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max(map(len, plain.splitlines())) <= columns
    assert "…" not in plain
    for p in table().values():
        assert re.search(rf"(?<!\w){p.name}(?!\w)", plain)
        assert all(word in plain for word in p.meaning.split() if len(word) < 20)


# --- how it ends when the machine or the user stops it


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        (CohortError("a: b"), 2, "cohort: a: b\n"),
        (
            PermissionError(errno.EACCES, "Permission denied", "out/x"),
            1,
            "cohort: out/x: Permission denied; change the permissions or choose another place\n",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "y"),
            1,
            "cohort: y: No space left on device; free some space or write elsewhere\n",
        ),
        (MemoryError(), 1, "cohort: out of memory; ask for fewer persons or close other programs\n"),
        (KeyboardInterrupt(), 130, "cohort: interrupted\n"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 1, ""),
    ],
)
def test_each_end_has_its_code_and_at_most_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    raised: BaseException,
    code: int,
    says: str,
) -> None:
    def stop(*_: object) -> None:
        raise raised

    monkeypatch.setattr(catalogue, "assigned", stop)
    assert main(["parameters"]) == code
    assert capsys.readouterr() == ("", says)


def test_a_fault_of_the_program_itself_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(catalogue, "assigned", stop)
    with pytest.raises(ZeroDivisionError):
        main(["parameters"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["parameters"], ["parameters", "--name", "a"]])
def test_a_full_disk_ends_in_one_line(arguments: list[str]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        done = child(*arguments, stdout=full)
    finally:
        os.close(full)
    assert done.returncode == 1
    assert done.stderr == "cohort: No space left on device; free some space or write elsewhere\n"


@pytest.mark.parametrize("arguments", [["--version"], ["parameters", "--json"]])
def test_a_reader_that_went_away_is_no_reason_to_complain(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = child(*arguments, stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")
