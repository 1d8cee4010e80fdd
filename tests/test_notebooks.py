"""Every notebook runs from top to bottom in a fresh kernel."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.program import own_environment

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def printed(notebook: Any) -> list[str]:
    """What the cells print; tables, which hold times, aside."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return [output["text"] for output in outputs if output.output_type == "stream"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_in_a_fresh_kernel(path: Path, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    stored = printed(notebook)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute(
        env=own_environment()
    )
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert printed(notebook) == stored  # what a reader sees is what the program prints
    assert len([cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]) >= 8
    assert len(list(tmp_path.rglob("record.json"))) == 3
