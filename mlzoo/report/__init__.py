"""A comparison -> `report.html`: one file that loads nothing and opens from disk."""

import base64
import gzip
import json
import pkgutil
from functools import cache
from pathlib import Path
from typing import Any

from mlzoo import record
from mlzoo.comparison import Comparison

NAME = "report.html"
HERE = Path(__file__).parent


def build(comparison: Comparison, folder: Path) -> Path:
    """Write `report.html` into a folder.

    Parameters
    ----------
    comparison : Comparison
        What is shown. Charts of single rows are drawn from the files in the records' folders.
    folder : Path
        Where the page is written.

    Returns
    -------
    Path
        The page.
    """
    from markupsafe import Markup

    from mlzoo.report.content import describe, sections

    home = Path(folder).resolve()
    page = describe(comparison, home)
    embedded = {
        "css": Markup((HERE / "page.css").read_text(encoding="utf-8")),
        "js": Markup((HERE / "page.js").read_text(encoding="utf-8")),
        "plotly": Markup(packed_plotly()),
        "payload": Markup(script_json(page["payload"])),
    }
    text = _template().render(page=page, sections=sections(page), **embedded)
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
    """plotly.js, compressed to a third, in base64: the page unpacks it when the first chart is drawn."""
    source = pkgutil.get_data(
        "plotly", "package_data/plotly.min.js"
    )  # `plotly.offline` would import all of Plotly for it
    assert source is not None
    return base64.b64encode(gzip.compress(source, compresslevel=6, mtime=0)).decode()


def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
