"""The page in a browser: headless Chromium opens it from disk."""

import dataclasses
import gzip
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlzoo import outputs, record, report
from mlzoo.board import comparison, overall
from tests.report_rows import sweep

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
CELLS = [("simple", "lr"), ("complex", "lr"), ("simple", "rf"), ("complex", "rf"), ("complex", "<b>svc</b>")]
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
LONG = " ".join(["the worker ended while it fitted, and was not seen again;"] * 12)
SHOWN = "return [...document.querySelectorAll('.plot')].filter((p) => p.offsetParent)"
WIDTHS = "return [document.documentElement.scrollWidth, window.innerWidth]"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    records = sweep(folder, CELLS)
    error = {"type": "E", "message": f"odd-nb: no luck, {LONG}"}
    failed = sweep(folder / "f", [("odd", "nb")], status="failed", error=error, cv=None)
    made = comparison.make([*records, *failed])
    return report.build(dataclasses.replace(made, rope=0.01), folder).as_uri()


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page of more rows than the screen has room for, and than a matrix has for numbers."""
    folder = tmp_path_factory.mktemp("long")
    cells = [(f"prep{prep}", f"a-model-with-{model}") for prep in range(4) for model in range(6)]
    return report.build(comparison.make(sweep(folder, cells, trials=3)), folder).as_uri()


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    if not (CHROMIUM and DRIVER):
        pytest.fail("Chromium is missing: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    made.set_window_size(1400, 1000)
    yield made
    made.quit()


UNDRAWN = """
window.requestIdleCallback = () => {};
window.IntersectionObserver = class { observe() {} };
"""


@pytest.fixture
def undrawn(driver: Any) -> Iterator[Any]:
    """Of pages that it opens no chart is drawn: for what is of tables alone."""
    script = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": UNDRAWN})
    driver.get("about:blank")
    yield driver
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


@pytest.fixture
def tables(undrawn: Any, address: str) -> Any:
    undrawn.get(address)
    return undrawn


@pytest.fixture
def page(driver: Any, address: str) -> Any:
    for kind in ("browser", "performance"):
        driver.get_log(kind)  # what was said before
    driver.get("about:blank")
    driver.get(address)
    return driver


def find(page: Any, selector: str) -> list[Any]:
    found: list[Any] = page.find_elements("css selector", selector)
    return found


def names(page: Any) -> list[str]:
    lines = find(page, "#board-table tbody tr")
    assert ["dummy" in line.get_attribute("class") for line in lines] in (
        [*[False] * (len(lines) - 1), True],  # below all rows, however they are sorted
        [False] * len(lines),
    )
    lines = [line for line in lines if "dummy" not in line.get_attribute("class")]
    return [
        line.find_element("css selector", "th").get_attribute("data-value") for line in lines if line.is_displayed()
    ]


def wait(page: Any, script: str, *given: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(page, 60).until(lambda _: page.execute_script(script, *given))


def centre(page: Any, element: Any) -> None:
    """Scroll to an element at once: on its own the browser glides there, and a click may come before."""
    page.execute_script("arguments[0].scrollIntoView({behavior: 'instant', block: 'center'})", element)


def press(page: Any, element: Any) -> None:
    """Scroll to an element, and click on it."""
    centre(page, element)
    element.click()


def draw_all(page: Any) -> None:
    """Scroll every chart that is shown into view, and wait until it is drawn."""
    for plot in page.execute_script(SHOWN):
        centre(page, plot)
        wait(page, "return arguments[0].dataset.drawn === 'done'", plot)


def test_it_opens_from_disk_without_errors_and_asks_for_nothing(page: Any) -> None:
    draw_all(page)
    assert page.execute_script(f"{SHOWN}.length") >= 12
    assert page.execute_script(f"{SHOWN}.every((p) => p.querySelector('svg.main-svg'))")
    assert page.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
    assert {url.partition(":")[0] for url in asked} <= {"file", "data", "about"}
    assert len([url for url in asked if url.startswith("file:")]) == 1


def test_sorting(tables: Any) -> None:
    told = [head.accessible_name for head in find(tables, "#board-table thead button")]
    assert told[:3] == ["Rank", "Row", "Mean of folds"]  # without the arrows
    ranked = names(tables)
    head = find(tables, 'thead button[data-key="fit_s"]')[0]
    press(tables, head)
    order = [
        float(cell.get_attribute("data-value"))
        for cell in find(tables, 'tbody td[data-key="fit_s"]')
        if cell.get_attribute("data-value")
    ]
    assert order == sorted(order)
    assert names(tables)[-1] == "odd-nb"  # what has no value is last, both ways
    assert find(tables, 'th[aria-sort="ascending"]')[0].text.startswith("Fit")
    press(tables, head)
    assert find(tables, 'th[aria-sort="descending"]')[0].text.startswith("Fit")
    assert names(tables)[-1] == "odd-nb"
    for order_by in ("cv_mean", "cv_mean", "test", "row"):  # of which the dummy has a value too
        press(tables, find(tables, f'thead button[data-key="{order_by}"]')[0])
        assert set(names(tables)) == set(ranked)
    press(tables, find(tables, 'thead button[data-key="rank"]')[0])
    assert names(tables) == ranked


@pytest.mark.parametrize(
    ("model", "rising"),
    [
        ("knn", ["1", "9", "10", "100"]),
        ("lr C=", ["-1", "1e-05", "0.001", "0.01", "0.1", "0.15", "0.5", "1.0", "10"]),
        ("pca-", ["5", "10"]),
    ],
)
def test_names_are_sorted_by_the_numbers_in_them(undrawn: Any, tmp_path: Path, model: str, rising: list[str]) -> None:
    cells = [("simple", f"{model}{number}") for number in [*rising[1:], rising[0]]]
    undrawn.get(report.build(comparison.make(sweep(tmp_path, cells)), tmp_path).as_uri())
    for order in (rising, rising[::-1]):
        press(undrawn, find(undrawn, 'thead button[data-key="row"]')[0])
        assert names(undrawn) == [f"simple-{model}{number}" for number in order]


def test_filtering(tables: Any) -> None:
    box = find(tables, "#filter")[0]
    box.send_keys("complex RF")
    assert names(tables) == ["complex-rf"]
    assert find(tables, "#count")[0].text == "1 of 6 rows"
    box.clear()
    box.send_keys("failed")
    assert names(tables) == ["odd-nb"]


def test_choosing_a_row(page: Any) -> None:
    assert [row.is_displayed() for row in find(page, "article.row")] == [True, *[False] * 5]
    press(page, find(page, '#board-table tbody tr[data-row="row-2"] td')[0])
    wait(page, "return !document.getElementById('row-2').hidden")
    assert [row.is_displayed() for row in find(page, "article.row")].index(True) == 2
    assert find(page, "#choose")[0].get_property("value") == "row-2"
    draw_all(page)
    page.execute_script("scrollTo({ top: 0, behavior: 'instant' })")
    wait(page, "return scrollY === 0")
    press(page, find(page, '#board-table tbody tr[data-row="row-2"] td')[0])  # the same once more
    wait(page, "return document.getElementById('rows').getBoundingClientRect().top < innerHeight / 2")
    press(page, find(page, '#choose option[value="row-5"]')[0])
    wait(page, "return !document.getElementById('row-5').hidden")
    assert "no luck" in find(page, "#row-5")[0].text
    assert page.current_url.endswith("#row-5")


def test_charts_of_a_row_that_is_chosen_again_are_as_wide_as_the_window(page: Any) -> None:
    draw_all(page)
    page.execute_script("location.hash = 'row-1'")
    wait(page, "return !document.getElementById('row-1').hidden")
    page.set_window_size(1040, 1000)
    try:
        page.execute_script("location.hash = 'row-0'")
        as_wide = "(plot) => Math.abs(plot._fullLayout.width - plot.offsetWidth) < 1"
        row = "document.getElementById('row-0')"
        wait(page, f"return !{row}.hidden && [...{row}.querySelectorAll('.plot')].every({as_wide})")
    finally:
        page.set_window_size(1400, 1000)


def test_names_stay_text_in_charts(page: Any) -> None:
    draw_all(page)
    labels = page.execute_script(
        "return [...document.querySelectorAll('[data-figure=\"folds\"] .ytick text')].map((t) => t.textContent)"
    )
    assert "complex-<b>svc</b>" in labels


@contextmanager
def phone(driver: Any) -> Iterator[None]:
    """A narrow screen; afterwards the wide one, in its own colours."""
    size = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        yield
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_more_points_have_a_label_where_there_is_room(driver: Any, long: str) -> None:
    driver.get(long)
    drawn = "return document.querySelectorAll('[data-figure=cost-fit] .textpoint text').length"
    texts = "return JSON.parse(payload.textContent).figures['cost-fit']"
    shown, told = {}, {}
    for width in (1400, 560, 1400):
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        driver.execute_script("document.querySelector('[data-figure=cost-fit]').scrollIntoView()")
        one = driver.execute_script(texts)
        told[width] = len([label for label in (one["wide"] if width == 1400 else one["data"][0])["text"] if label])
        wait(driver, f"{drawn} == arguments[0]", told[width])
        shown[width] = driver.execute_script(drawn)
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert shown == told
    assert shown[1400] > shown[560] > 0


def test_dark_and_narrow(page: Any) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    with phone(page):
        page.refresh()
        draw_all(page)
        assert page.execute_script(WIDTHS) == [400, 400]  # tables scroll, the page does not
        nav = "const nav = document.querySelector('nav'); return [getComputedStyle(nav).maskImage, nav.scrollWidth"
        fade, wide, shown = page.execute_script(f"{nav}, nav.clientWidth]")
        widths = "const one = document.querySelector(arguments[0]); return [one.scrollWidth, one.clientWidth]"
        assert len(set(page.execute_script(widths, "#row-0 > .scroll"))) == 1  # the dummy's scores are seen
        board, sees = page.execute_script(widths, "#board > .scroll")
        shade = "return getComputedStyle(document.querySelector('#board > .scroll')).backgroundAttachment"
        assert board > sees
        assert page.execute_script(shade).startswith("local, scroll")
        hidden = (
            "return [...document.querySelectorAll('.scroll:has(table)')].filter((one) => one.tabIndex < 0 && "
            "one.scrollWidth > one.clientWidth && !one.querySelector('a, button')).map((one) => one.textContent)"
        )
        assert page.execute_script(hidden) == []  # which keys could not scroll
        assert wide > shown
        assert "gradient" in fade  # so that it is seen to go on
        dark = page.execute_script("return getComputedStyle(document.body).backgroundColor")
        press(page, find(page, "#theme")[0])
        light = page.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert (dark, light) == ("rgb(16, 20, 26)", "rgb(246, 247, 249)")
        draw_all(page)
        assert page.get_log("browser") == []


def test_it_prints(page: Any) -> None:
    draw_all(page)
    printed = page.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert len(printed["data"]) > 50_000
    assert page.get_log("browser") == []


def test_paper_says_that_a_board_is_filtered(tables: Any) -> None:
    box, count = find(tables, "#filter")[0], find(tables, "#count")[0]
    tables.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not count.is_displayed()
        tables.execute_script("arguments[0].value = 'complex rf'; arguments[0].dispatchEvent(new Event('input'))", box)
        assert count.is_displayed()
        assert count.text == "1 of 6 rows"
    finally:
        tables.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


DRAWN_ON_PAPER = (
    UNDRAWN
    + """window.addEventListener("load", () => window.addEventListener("beforeprint", () => {
  window.onPaper = [...document.querySelectorAll(".plot")]
    .filter((p) => p.offsetParent).map((p) => [p.querySelector("svg.main-svg")?.height.baseVal.value, p.offsetHeight]);
}));
"""
)


def test_it_prints_in_the_first_moment_each_chart_on_a_sheet(page: Any, long: str) -> None:
    script = page.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": DRAWN_ON_PAPER})
    try:
        page.get(long)
        assert page.execute_script("return window.Plotly") is None  # nothing is drawn yet
        assert len(page.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]) > 50_000
    finally:
        page.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    drawn = page.execute_script("return window.onPaper")
    assert len(drawn) == len(page.execute_script(SHOWN)) >= 12
    assert all(image == place <= 540 for image, place in drawn)  # of the 718 pixels of a sheet
    tall = find(page, '[data-figure="folds"]')[0]
    wait(page, "return arguments[0].offsetHeight > 600", tall)  # again as it was
    assert page.get_log("browser") == []


def test_a_sheet_that_is_wider_than_the_window_has_its_charts(driver: Any, long: str) -> None:
    """Between `beforeprint` and `afterprint` the page is as wide as the sheet."""
    watch = """
    window.addEventListener("afterprint", () => { window.onPaper = document.querySelectorAll(
      "[data-figure^=cost-] svg.main-svg").length; }, { capture: true });
    """
    size = {"width": 500, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    script = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": watch})
    try:
        driver.get(long)
        draw_all(driver)
        before = driver.execute_script("return document.querySelectorAll('[data-figure^=cost-] svg.main-svg').length")
        driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
        assert driver.execute_script("return window.onPaper") == before > 0
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("level", [0, 6])
@pytest.mark.parametrize("text", ["", "hello hello hello", report.script_json(list(range(3000)))], ids=len)
def test_it_unpacks_what_gzip_packs(driver: Any, level: int, text: str) -> None:
    source = (report.HERE / "gunzip.js").read_text()
    packed = list(gzip.compress(text.encode(), level))
    unpack = f"{source} return new TextDecoder().decode(gunzip(Uint8Array.from(arguments[0])))"
    assert driver.execute_script(unpack, packed) == text


def test_headings_are_on_every_sheet(tables: Any) -> None:
    tables.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:  # what Chromium does not repeat: a heading that sticks, and a button
        looks = "const look = (one) => getComputedStyle(document.querySelector(one));"
        shown = f"{looks} return [look('#board-table thead th').position, look('#board-table thead button').display]"
        assert tables.execute_script(shown) == ["static", "contents"]
        assert tables.execute_script(f"{looks} return look('#board > .scroll').maxHeight") == "none"
        kept = "look('#board-table tbody tr').breakBefore, look('h2').breakAfter, look('#data').breakInside"
        assert tables.execute_script(f"{looks} return [{kept}]") == ["avoid"] * 3  # no heading stands alone on a sheet
    finally:
        tables.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("metrics", [pytest.param(2, marks=pytest.mark.long), 12])
def test_a_wide_board_stays_in_its_card_on_paper(driver: Any, tmp_path: Path, metrics: int) -> None:
    names = ["accuracy", *(f"a_metric_of_mine_{at}" for at in range(metrics))]
    scores = {name: np.linspace(-0.4, -0.5, 10).tolist() for name in names}
    known = {"cv": scores, "test": dict.fromkeys(names, -0.4558)}
    records = sweep(tmp_path, CELLS[:3], trials=3, **known, baseline=known)
    values = [
        {"row": row, **{f"a_column_of_mine_{at}": "some_words_of_a_row" for at in range(6)}} for row in range(100)
    ]
    for one in records:
        record.write_csv(one.folder / "wrong.csv", values, list(values[0]))
    made = comparison.make(records)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    size = {"width": 1047, "height": 718, "deviceScaleFactor": 1, "mobile": False}  # within the margins of A4
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        driver.get(report.build(made, tmp_path).as_uri())
        places = "['#board > .scroll', '#board-table', 'main', '.chart.wide table']"
        ends = f"return {places}.map((one) => document.querySelector(one).getBoundingClientRect().right)"
        card, table, sheet, wrong = driver.execute_script(ends)
        assert table <= card
        assert max(card, wrong) <= sheet
        seen = "return [...document.querySelectorAll(arguments[0])].filter((one) => one.offsetWidth > 0).length"
        shown, said = (driver.execute_script(seen, what) for what in ("#board-table .further", ".on-paper"))
        assert (shown > 0, said) == ((True, 0) if metrics == 2 else (False, 1))
        size = "return parseFloat(getComputedStyle(document.querySelector('#board-table td')).fontSize)"
        assert driver.execute_script(size) >= 7.5 * 96 / 72 or metrics == 2  # in points
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


# -- what is long -------------------------------------------------------------------------------------------------


def test_headings_stay_in_sight(undrawn: Any, long: str) -> None:
    undrawn.get(long)
    box = find(undrawn, "#board > .scroll")[0]
    undrawn.execute_script("arguments[0].scrollTop = 500; arguments[0].scrollLeft = 200", box)
    places = "const [box, ...heads] = arguments; return [box, ...heads].map((one) => one.getBoundingClientRect().top)"
    assert undrawn.execute_script("return arguments[0].scrollTop", box) == 500
    tops = undrawn.execute_script(places, box, *find(undrawn, "#board-table thead th"))
    assert max(tops) - min(tops) <= 2
    lines = "return [...document.querySelectorAll('#board-table tbody th a')].map((a) => a.getClientRects().length)"
    assert set(undrawn.execute_script(lines)) == {1}  # names do not break
    places = "const place = (one) => one.getBoundingClientRect(), [head, link] = arguments;"
    hide = f"{places} arguments[2].scrollTop += place(link).bottom - place(head).bottom; link.focus()"
    head, link = find(undrawn, "#board-table thead th")[0], find(undrawn, "#board-table tbody th a")[9]
    undrawn.execute_script(hide, head, link, box)
    wait(undrawn, f"{places} return place(link).top >= place(head).bottom", head, link)  # what has the focus is seen


def test_a_star_stands_where_numbers_have_no_room(driver: Any, long: str) -> None:
    driver.get(long)
    draw_all(driver)
    told = driver.execute_script(
        "return [...document.querySelectorAll('[data-figure=\"pairs\"] .heatmap-label text')].map((t) => t.textContent)"
    )
    note = find(driver, '[data-figure="pairs"]')[0].get_attribute("aria-label")
    assert told.count("*") == 2 * int(note.split(" pairs differ")[0].split()[-3]) > 0


def test_names_of_columns_lie_beside_each_other_on_a_phone(driver: Any, long: str) -> None:
    with phone(driver):
        driver.get(long)
        draw_all(driver)
        ticks = "[...document.querySelectorAll('[data-figure=\"pairs\"] .xtick text')].map((t) => t"
        places = driver.execute_script(f"return {ticks}.getBoundingClientRect()).map((r) => [r.left, r.right])")
        assert len(places) == 24
        assert all(one[1] < other[0] + 2 for one, other in pairwise(places))  # of a line, which is higher than letters
        assert driver.execute_script(WIDTHS) == [400, 400]


def test_why_a_row_failed_is_read_whole(tables: Any) -> None:
    told = find(tables, "#board-table .error")[0]
    assert told.text == f"E: no luck, {LONG}"
    shown = "const one = arguments[0]; return [one.scrollHeight - one.clientHeight, one.offsetWidth]"
    hidden, width = tables.execute_script(shown, told)
    assert hidden <= 1
    assert width > 900  # across the row
    assert told.size["height"] + told.location["y"] <= tables.execute_script(
        "const row = arguments[0].closest('tr').getBoundingClientRect(); return row.bottom + scrollY + 1", told
    )
    assert find(tables, "#board-table tbody th")[0].size["width"] < 300


def test_pointing_at_a_dot_marks_its_fold(page: Any) -> None:
    draw_all(page)
    plot = find(page, '[data-figure="folds"]')[0]
    centre(page, plot)
    dots = "[...document.querySelectorAll('[data-figure=\"folds\"] .points path.point')].slice(0, 50)"
    places = page.execute_script(f"return {dots}.map((dot) => dot.getBoundingClientRect()).map((r) => [r.x, r.y])")
    left = min(range(10, 20), key=lambda at: places[at][0])  # of the second row, which nothing lies on
    move = {"type": "mouseMoved", "x": places[left][0] + 3, "y": places[left][1] + 3}
    page.execute_cdp_cmd("Input.dispatchMouseEvent", move)
    page.execute_cdp_cmd("Input.dispatchMouseEvent", move | {"x": move["x"] + 1})
    marked = f"{dots}.flatMap((dot, at) => dot.style.opacity === '1' ? [at] : [])"
    wait(page, f"return {marked}.length > 0")
    assert page.execute_script(f"return {marked}") == [10 * row + left % 10 for row in range(len(CELLS))]
    page.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": 2, "y": 2})
    wait(page, f"return {dots}.every((dot) => dot.style.opacity === '0.45')")


# -- the page over several data sets ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("over")
    names = ["wine", "iris", "digits", "titanic", 'a <i>wild</i> "name"']
    records = [
        one for at, name in enumerate(names) for one in sweep(folder / str(at), CELLS[:3], trials=3, dataset=name)
    ]
    found = overall.make(records)
    assert isinstance(found, overall.Overall)
    homes = outputs.places(names, folder)
    overall.write(found, folder, homes)
    for name, board in found.boards.items():
        report.build(board, homes[name], over=folder)
    return report.build_over(found, folder, homes).as_uri()


def test_over_several_sets(driver: Any, over: str) -> None:
    driver.get_log("browser")
    driver.get(over)
    draw_all(driver)
    assert driver.execute_script(f"{SHOWN}.map((p) => p.dataset.figure)") == ["ranks", "pairs"]
    ticks = "[...document.querySelectorAll('[data-figure=\"ranks\"] .xtick text')].filter((t) => t.checkVisibility())"
    assert 'a <i>wild</i> "name"' in driver.execute_script(f"return {ticks}.map((t) => t.textContent)")
    ranked = names(driver)
    for key in ("set-2", "mean_rank", "row"):
        head = find(driver, f'thead button[data-key="{key}"]')[0]
        press(driver, head)
        once = names(driver)
        press(driver, head)
        assert len(once) == len(names(driver)) == 3
    assert names(driver) == sorted(ranked, reverse=True)
    find(driver, "#filter")[0].send_keys("complex")
    assert names(driver) == ["complex-lr"]
    assert find(driver, "#count")[0].text == "1 of 3 rows"
    driver.execute_script("arguments[0].click()", find(driver, "#sets a")[4])
    wait(driver, "return document.title.includes('wild')")
    assert names(driver) == ["simple-lr", "complex-lr", "simple-rf"]
    find(driver, "nav a")[0].click()
    wait(driver, "return document.title === 'mlzoo report, 5 data sets'")
    assert driver.get_log("browser") == []


def test_each_of_the_long_names_above_short_ones_is_shown(driver: Any, tmp_path: Path) -> None:
    names = [f"a set of a long name {at}" for at in range(12)]
    cells = [("p", "m"), ("p", "n")]
    found = overall.make([one for name in names for one in sweep(tmp_path / name, cells, dataset=name)])
    assert isinstance(found, overall.Overall)
    driver.get(report.build_over(found, tmp_path, dict.fromkeys(names, tmp_path)).as_uri())
    draw_all(driver)
    ticks = "[...document.querySelectorAll('[data-figure=\"ranks\"] .xtick text')].filter((t) => t.checkVisibility())"
    assert driver.execute_script(f"return {ticks}.map((t) => t.textContent)") == names


def test_over_several_sets_on_a_phone_and_on_paper(driver: Any, over: str) -> None:
    with phone(driver):
        driver.get(over)
        draw_all(driver)
        assert driver.execute_script(WIDTHS) == [400, 400]
        (caption,) = find(driver, "#sets caption span")
        assert caption.location["x"] + caption.size["width"] <= 400
        assert len(driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]) > 20_000
        assert driver.get_log("browser") == []
