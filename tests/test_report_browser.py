"""The report's page in a real browser, without a screen: nothing fails, nothing leaves the page, nothing overflows."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import toy_report

import cohort
from analysis.report.compose import compose
from analysis.report.write import write

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (path := shutil.which(name))), None
)
DRIVER = shutil.which("chromedriver")
WIDTHS = (1280, 390)

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on the PATH"),
    pytest.mark.skipif(DRIVER is None, reason="no chromedriver on the PATH"),
]


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER)) as found:
        yield found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sections = [
        toy_report.chapter(lambda key=key: toy_report.section(key, pictures=2), key) for key in ("first", "second")
    ]
    out = tmp_path_factory.mktemp("report") / "out"
    return write(compose(toy_report.study(), sections), out).page


def opened(driver: Any, page: Path, width: int) -> list[str]:
    """Open the page at a width of the window's inside, and give the addresses that were asked for."""
    driver.get_log("performance")
    driver.get_log("browser")
    metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get(page.as_uri())
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]


def check(driver: Any, page: Path, width: int) -> None:
    """Everything that is asked of a report's page in a browser."""
    asked = opened(driver, page, width)
    assert asked[0] == page.as_uri()
    assert [url for url in asked[1:] if not url.startswith("data:")] == []
    assert [entry["message"] for entry in driver.get_log("browser")] == []
    assert driver.execute_script("return window.innerWidth") == width
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    beyond = driver.execute_script(BEYOND)
    assert beyond == []
    sizes = driver.execute_script(SIZES)
    assert all(size[1] > 100 and size[2] > 50 and size[3] for size in sizes), sizes
    assert driver.execute_script(EMPTY) == []
    assert driver.execute_script(LABELS) == []


# What stands beyond the right edge, other than within a box that scrolls.
BEYOND = """
return [...document.querySelectorAll('main *, header *, nav *')]
  .filter(e => !e.closest('.scroll > *') && !e.closest('svg > *') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.outerHTML.slice(0, 80))
"""
SIZES = """
return [...document.querySelectorAll('figure > svg, img')].map(e => {
  const box = e.getBoundingClientRect(), drawn = e.tagName === 'IMG' ? e.naturalWidth > 0 : e.getBBox().width > 0;
  return [e.closest('figure').id, box.width, box.height, drawn]
})
"""
# A section without content; a table without rows; a heading or list without text.
EMPTY = """
const empty = [...document.querySelectorAll('main > section')].filter(e => e.children.length < 2)
  .concat([...document.querySelectorAll('tbody')].filter(e => !e.rows.length))
  .concat([...document.querySelectorAll('h1, h2, h3, li, dd, dt, p, th, figcaption')].filter(e => !e.innerText.trim()))
return empty.map(e => e.outerHTML.slice(0, 80))
"""


# Labels of figures that leave their figure, and pairs that overlap by a fifth of the smaller; slanted ones, whose boxes
# are larger than they are, only as to the first.
LABELS = """
const found = []
for (const svg of document.querySelectorAll('figure > svg')) {
  const name = svg.closest('figure').id, whole = svg.getBoundingClientRect()
  const all = [...svg.querySelectorAll('text')].filter(e => e.textContent.trim())
  const angle = e => +((e.getAttribute('transform') || '').match(/rotate\\((-?[\\d.]+)/) || [0, 0])[1]
  for (const e of all) {
    const box = e.getBoundingClientRect()
    if (box.left < whole.left - 1 || box.right > whole.right + 1 || box.top < whole.top - 1
        || box.bottom > whole.bottom + 1) found.push([name, 'leaves it', e.textContent])
  }
  const boxes = all.filter(e => angle(e) % 90 === 0).map(e => [e.textContent, e.getBoundingClientRect()])
  boxes.forEach(([text, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left)
    const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
    if (wide > 0 && tall > 0 && wide * tall > 0.2 * Math.min(a.width * a.height, b.width * b.height))
      found.push([name, text, other])
  }))
}
return found
"""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_stands_by_itself_and_fits(driver: Any, report: Path, width: int) -> None:
    check(driver, report, width)
    assert driver.title == "A fire <here>"


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "persons", "days"), [("flood", 600, 200), ("debriefing", 200, 120)])
def test_real_reports_fit_without_a_label_that_is_cut_or_covered(
    driver: Any, tmp_path: Path, scenario: str, persons: int, days: int
) -> None:
    run = cohort.Scenario.load(scenario).run(persons=persons, days=days, out=tmp_path / "run")
    cohort.report(run.directory, tmp_path / "out")
    for width in WIDTHS:
        check(driver, tmp_path / "out" / "report.html", width)


def test_tables_and_figures_scroll_in_boxes_of_their_own(driver: Any, report: Path) -> None:
    opened(driver, report, 390)
    for what in ("div", "figure"):
        inside, outside = driver.execute_script(
            f"const box = document.querySelector('{what}.scroll'); return [box.scrollWidth, box.clientWidth]"
        )
        assert inside > outside
        assert outside <= 390
    width, height = driver.execute_script(
        "const box = document.querySelector('figure > svg').getBoundingClientRect(); return [box.width, box.height]"
    )
    assert width == pytest.approx(640)  # so that its type can be read
    assert width / height == pytest.approx(6.5 / 2.5, rel=0.02)


def test_every_link_of_the_contents_leads_to_its_chapter(driver: Any, report: Path) -> None:
    opened(driver, report, 1280)
    missing = driver.execute_script(
        "return [...document.querySelectorAll('nav a')].map(a => a.hash).filter(h => !document.querySelector(h))"
    )
    assert missing == []


def test_the_test_sees_what_is_wrong(driver: Any, report: Path, tmp_path: Path) -> None:
    text = report.read_text("utf-8")
    wrong = {
        "beyond": '<div style="width: 500px; height: 1em">x</div>',
        "asks": '<img width="400" height="200" alt="x" src="picture.png">',
        "empty": "<section><h2>Nothing</h2></section>",
        "cut": '<figure><svg width="300" height="120"><rect width="300" height="120"/>'
        '<text x="280" y="60">beyond</text></svg></figure>',
        "covered": '<figure><svg width="300" height="120"><rect width="300" height="120"/>'
        '<text x="20" y="60">one</text><text x="22" y="60">two</text></svg></figure>',
    }
    for name, markup in wrong.items():
        page = tmp_path / f"{name}.html"
        page.write_text(text.replace("</main>", f"{markup}</main>"), "utf-8")
        with pytest.raises(AssertionError):
            check(driver, page, 390)
