"""The report: chapters that fail alone, the page, its files."""

from __future__ import annotations

import re
import warnings
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toy_report
from matplotlib.figure import Figure

from analysis.report import svg
from analysis.report.chapters import QUESTIONS, chapters
from analysis.report.compose import Chapter, Report, compose
from analysis.report.page import page
from analysis.report.write import write
from analysis.section import Picture, Section, Table


class Markup(HTMLParser):
    """Ids, links and sources of a page, and whether its tags are closed in their order."""

    VOID = ("meta", "link", "img", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.refers += [told[name] or "" for name in ("href", "src", "xlink:href") if name in told]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def made(*sections: Section) -> Report:
    return compose(toy_report.study(), [Chapter(one.key, one.title, lambda one=one: one) for one in sections])


def failing(fault: BaseException) -> Chapter:
    def make() -> Section:
        raise fault

    return toy_report.chapter(make, "broken")


# --- chapters


def test_a_chapter_that_fails_is_one_warning_line_and_the_others_stand() -> None:
    fault = np.linalg.LinAlgError("Singular matrix\nwith more lines")
    found = compose(toy_report.study(), [failing(fault), toy_report.chapter(toy_report.section)])
    first, second = found.sections
    (line,) = first.warnings
    assert re.fullmatch(
        r"This section could not be made: LinAlgError: Singular matrix \(\w+/\w+\.py, line \d+\)\.", line
    )
    assert not first.tables
    assert second.tables
    assert found.warnings[0].startswith("broken: This section could not be made")
    text = page(found)
    assert "Singular matrix" in text
    assert "with more lines" not in text
    assert 'href="#broken-warnings"' in text


@pytest.mark.parametrize("fault", [KeyError("charge"), ZeroDivisionError(), TypeError("x"), ImportError("no y")])
def test_every_failure_of_a_statistic_stays_in_its_chapter(fault: Exception) -> None:
    (line,) = compose(toy_report.study(), [failing(fault)]).warnings
    assert type(fault).__name__ in line


@pytest.mark.parametrize("fault", [MemoryError(), OSError("disk"), KeyboardInterrupt()])
def test_faults_of_the_machine_are_not_hidden_on_a_page(fault: BaseException) -> None:
    with pytest.raises(type(fault)):
        compose(toy_report.study(), [failing(fault)])


def test_a_picture_that_cannot_be_drawn_fails_its_chapter_only() -> None:
    class Broken(Figure):
        def savefig(self, *given: object, **named: object) -> None:
            raise ValueError("no extent")

    drawn = Broken()
    drawn.subplots()
    found = made(Section("a", "A", pictures=(Picture("one", "One", drawn, ""),)), toy_report.section())
    assert "no extent" in found.sections[0].warnings[0]
    assert len(found.drawings) == 1


def test_what_a_library_warns_of_stands_on_the_page_once() -> None:
    def make() -> Section:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            for _ in range(3):
                warnings.warn("did not converge", RuntimeWarning, stacklevel=1)
        return toy_report.section()

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        found = compose(toy_report.study(), [toy_report.chapter(make)])
    assert found.sections[0].warnings[1:] == ("RuntimeWarning: did not converge",)


def test_what_is_empty_is_left_out_with_a_warning() -> None:
    empty = Section(
        "e", "E",
        tables=(Table("none", "Nothing at all", pd.DataFrame({"a": []}), "f()"),),
        pictures=(Picture("blank", "A blank", Figure(), ""),),
    )  # fmt: skip
    found = made(empty)
    assert not found.tables
    assert not found.drawings
    assert [line.partition(":")[0] for line in found.sections[0].warnings] == ["Nothing at all", "A blank"]


@pytest.mark.parametrize("name", ["../x", "a b", "", ".hidden"])
def test_a_name_that_makes_no_file_fails_its_chapter(name: str) -> None:
    found = made(Section("e", "E", tables=(Table(name, "T", toy_report.frame(), "f()"),)))
    assert "makes no file name" in found.sections[0].warnings[0]


def test_a_name_that_is_there_already_fails_the_later_chapter() -> None:
    found = made(toy_report.section(), toy_report.section())
    assert "there twice" in found.sections[1].warnings[0]
    assert list(found.tables) == ["toy-table"]


def test_a_report_says_in_a_line_what_it_holds() -> None:
    assert repr(made(toy_report.section())) == "<Report on A fire <here>: 1 chapters, 1 tables, 1 figures, 1 warnings>"


def test_progress_names_each_chapter() -> None:
    seen: list[tuple[int, int, str]] = []
    compose(toy_report.study(), [toy_report.chapter(toy_report.section)], lambda *told: seen.append(told))
    assert seen == [(0, 1, "A toy: toy"), (1, 1, "done")]


def test_the_declared_questions_are_in_order_and_each_has_a_module() -> None:
    made_of = chapters(toy_report.study())
    assert [chapter.key for chapter in made_of] == [key for key, _, _ in QUESTIONS]
    assert [key for key, _, _ in QUESTIONS][:2] == ["run", "population"]


# --- the page


def test_the_page_refers_to_nothing_but_itself_and_its_files(tmp_path: Path) -> None:
    written = write(made(toy_report.section("a", pictures=2), toy_report.section("b")), tmp_path / "out")
    text = written.page.read_text("utf-8")
    found = Markup(text)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    for refers in found.refers:
        if refers.startswith("#"):
            assert refers[1:] in found.ids
        elif not refers.startswith("data:"):
            assert (written.page.parent / refers).is_file(), refers
    for name in re.findall(r"url\(#([^)]*)\)", text):
        assert name in found.ids
    assert "http:" not in text
    assert "https:" not in text
    assert "<script" not in text


def test_the_page_tells_what_was_run_and_what_was_found() -> None:
    text = page(made(toy_report.section()))
    assert "Not for a patient." in text
    assert "A fire &lt;here&gt;" in text
    assert "What it &#34;shows&#34; &lt;n = 20&gt;" in text
    assert "ace &lt;4&gt;" in text
    assert "<code>rates(study.weekly())</code>" in text
    for cell in ("1.23 (1.10 to 1.40)", "&lt;0.001", "0.046", "1,200"):
        assert f">{cell}</td>" in text, cell
    assert "0.000" not in text
    assert "–: cannot be told." in text
    assert "The model did not converge at first." in text
    assert "statsmodels 0" in text
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL).lower().replace("finan", "")


def test_a_long_table_is_cut_on_the_page_and_whole_in_its_file(tmp_path: Path) -> None:
    long = pd.DataFrame({"x": np.arange(100) / 3.0})
    written = write(made(Section("l", "L", tables=(Table("long", "Long", long, "f()"),))), tmp_path / "out")
    assert "The first 12 rows; 88 more are in the CSV." in written.page.read_text("utf-8")
    pd.testing.assert_frame_equal(pd.read_csv(written.tables["long"]), long, check_exact=True)


def test_a_figure_too_large_is_put_there_as_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg, "MOST", 1000)
    text = page(made(toy_report.section()))
    assert (
        '<img width="624" height="240" alt="What it &quot;shows&quot; &lt;n = 20>" src="data:image/png;base64,' in text
    )
    assert "<svg" not in text


# --- the files


def test_files_hold_each_table_and_figure_and_are_the_same_each_time(tmp_path: Path) -> None:
    written = [write(made(toy_report.section()), tmp_path / name) for name in ("one", "two")]
    parts = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert [str(part) for part in parts] == [
        "figures/toy-figure-0.png", "figures/toy-figure-0.svg", "report.html", "tables/toy-table.csv",
    ]  # fmt: skip
    for part in parts:
        assert (tmp_path / "one" / part).read_bytes() == (tmp_path / "two" / part).read_bytes()
    pd.testing.assert_frame_equal(pd.read_csv(written[0].tables["toy-table"]), toy_report.frame())
    assert written[0].figures["toy-figure-0"]["svg"].read_bytes().startswith(b"<?xml")


def test_a_named_index_is_a_column_of_the_file(tmp_path: Path) -> None:
    indexed = toy_report.frame().set_index("term")
    written = write(made(Section("i", "I", tables=(Table("indexed", "T", indexed, "f()"),))), tmp_path / "out")
    assert pd.read_csv(written.tables["indexed"]).columns[0] == "term"


def test_a_report_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail(place: Path) -> None:
        assert (place / "report.html").is_file()
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        write(made(toy_report.section()), tmp_path / "out", fail)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(FileExistsError):
        write(made(toy_report.section()), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
