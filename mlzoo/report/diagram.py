"""scikit-learn's diagram of a pipeline, taken apart: names, captions and the parameters that were set.

Nothing of its markup, scripts and links reaches the page: that is drawn anew from the names.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
IGNORED = {"style", "script", "pre", "a", "button", "b", "svg"}
UNSAID = {"param-doc-description", "sk-text-repr-fallback", "sk-estimator-doc-link"}
STRUCTURE = {"steps", "transformers", "transformer_list"}  # parameters that the boxes show
LONGEST = 300  # characters of a parameter's value


@dataclass
class Node:
    """A step: its lines of text, the parameters that differ from the default, and what it holds."""

    lines: list[str] = field(default_factory=list)
    params: list[tuple[str, str]] = field(default_factory=list)
    steps: "list[Node]" = field(default_factory=list)
    parallel: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node()
        self.nodes = [self.root]  # from the root to the one that is read
        self.tags: list[tuple[str, str]] = []  # what is open, and what it began
        self.name: list[str] = []
        self.value: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        words = set((dict(attrs).get("class") or "").split())
        began = ""
        if (tag in IGNORED and "param-doc-link" not in words) or words & UNSAID:
            began = "ignored"
        elif tag == "div" and words & {"sk-item", "sk-parallel-item"}:
            node = Node()
            self.nodes[-1].steps.append(node)
            self.nodes.append(node)
            began = "node"
        elif tag == "div" and "sk-parallel" in words:
            self.nodes[-1].parallel = True
        elif tag == "label":
            began = "label"
        elif tag == "tr" and "user-set" in words:
            began, self.name, self.value = "set", [], []
        elif tag == "td" and words & {"param", "value"}:
            began = "param" if "param" in words else "value"
        self.tags.append((tag, began))

    def handle_endtag(self, tag: str) -> None:
        while self.tags:
            opened, began = self.tags.pop()
            if began == "node":
                self.nodes.pop()
            elif began == "set" and self.name and self.name[0] not in STRUCTURE:
                value = " ".join(" ".join(self.value).split())
                shown = value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
                self.nodes[-1].params.append((" ".join(self.name), shown))
            if opened == tag:
                break

    def handle_data(self, data: str) -> None:
        began = [what for _, what in self.tags if what]
        text = " ".join(data.split())
        if not text or "ignored" in began:
            return
        if "label" in began:
            self.nodes[-1].lines.append(text)
        elif "set" in began and began[-1] == "param":
            self.name.append(text)
        elif "set" in began and began[-1] == "value":
            self.value.append(text)


def read_diagram(path: Path) -> Node | None:
    """The pipeline of `pipeline.html`; None where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    reader = _Reader()
    reader.feed(text)
    return _tidy(reader.root) if reader.root.steps else None


def _tidy(node: Node) -> Node:
    """Without boxes that say nothing and hold one other."""
    node.steps = [_tidy(step) for step in node.steps]
    if not node.lines and not node.params and len(node.steps) == 1:
        return node.steps[0]
    return node
