"""A comparison -> `report.html`: one file that loads nothing and opens from disk."""

import base64
import gzip
import json
import os
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mlzoo import record
from mlzoo.board.comparison import Comparison
from mlzoo.board.overall import Overall
from mlzoo.report.look import COLORS

NAME = "report.html"
HERE = Path(__file__).parent


def build(comparison: Comparison, folder: Path, *, over: Path | None = None) -> Path:
    """Write `report.html` into a folder.

    Parameters
    ----------
    comparison : Comparison
        What is shown. Charts of single rows are drawn from the files in the records' folders.
    folder : Path
        Where the page is written.
    over : Path, optional
        The folder of the page over several data sets, of which this is one: it is linked to.

    Returns
    -------
    Path
        The page.
    """
    from mlzoo.report.content import describe, sections

    page = describe(comparison, Path(folder), over)
    up = None if over is None else _link(over, folder)
    return _write("page.html.j2", page, sections(page), folder, up=up)


def build_over(overall: Overall, folder: Path, homes: Mapping[str, Path]) -> Path:
    """Write the `report.html` over several data sets into a folder.

    Parameters
    ----------
    overall : Overall
        What is shown.
    folder : Path
        Where the page is written.
    homes : dict
        The folder of each set's own page, which is linked to.

    Returns
    -------
    Path
        The page.
    """
    from mlzoo.report.over import describe, sections

    page = describe(overall, {name: _link(home, folder) for name, home in homes.items()})
    return _write("over.html.j2", page, sections(page), folder, up=None)


def _link(home: Path, folder: Path) -> str:
    """The page in a folder as a link in the page of another one, so that both can be moved together."""
    return quote(os.path.relpath(home / NAME, folder))


def _write(
    template: str, page: Mapping[str, Any], sections: Sequence[tuple[str, str]], folder: Path, up: str | None
) -> Path:
    from markupsafe import Markup

    own = {"css": "page.css", "gunzip": "gunzip.js", "js": "page.js"}
    embedded = {
        "colors": COLORS,
        **{key: Markup((HERE / name).read_text(encoding="utf-8")) for key, name in own.items()},
        "plotly": Markup(packed_plotly()),
        "payload": Markup(script_json(page["payload"])),
    }
    text = _templates().get_template(template).render(page=page, sections=sections, up=up, **embedded)
    path = Path(folder) / NAME
    record.write_text(path, text)
    return path


def script_json(content: Any) -> str:
    """JSON that may stand within a script element: nothing in it can end the element."""
    text = json.dumps(record.finite(content), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@cache
def packed_plotly() -> str:
    """plotly.js, compressed to a third, in base64: `gunzip.js` unpacks it when the first chart is drawn."""
    # `plotly.offline` would import all of Plotly for it
    source = pkgutil.get_data("plotly", "package_data/plotly.min.js")
    assert source is not None
    return base64.b64encode(gzip.compress(source, compresslevel=6, mtime=0)).decode()


@cache
def _templates() -> Any:
    """The templates, which are compiled once: that takes longer than drawing a page with them."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
