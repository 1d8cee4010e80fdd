"""The public names: pinned, found where they are defined, and loaded when first used."""

import subprocess
import sys
from importlib import import_module

import pytest

import mlzoo

HEAVY = (
    "jinja2",
    "plotly",
    "sklearn",
    "hydra",
    "omegaconf",
    "pandas",
    "optuna",
    "numpy",
    "scipy",
    "joblib",
    "feature_engine",
    "rich",
)
HOMES = {
    "compose": "mlzoo.composition.composing",
    "run": "mlzoo.runner",
    "compare": "mlzoo.board.overall",
    "predict": "mlzoo.prediction",
    "load": "mlzoo.record",
    "rerun": "mlzoo.runner",
    "Record": "mlzoo.record",
    "MlzooError": "mlzoo.errors",
    "ConfigError": "mlzoo.errors",
    "DataError": "mlzoo.errors",
    "FitError": "mlzoo.errors",
    "RecordError": "mlzoo.errors",
}


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_public_names() -> None:
    assert mlzoo.__all__ == list(HOMES)


@pytest.mark.parametrize(("name", "home"), [pytest.param(name, home, id=name) for name, home in HOMES.items()])
def test_a_public_name_is_the_object_of_its_module(name: str, home: str) -> None:
    found = getattr(mlzoo, name)
    assert found is getattr(import_module(home), name)
    assert found.__module__ == home


def test_a_star_import_brings_exactly_the_public_names() -> None:
    space: dict[str, object] = {}
    exec("from mlzoo import *", space)
    assert set(space) - {"__builtins__"} == set(mlzoo.__all__)


def test_dir_shows_the_public_names_once() -> None:
    shown = dir(mlzoo)
    assert set(mlzoo.__all__) <= set(shown)
    assert len(shown) == len(set(shown))


def test_an_unknown_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'mlzoo' has no attribute 'nothing'"):
        _ = mlzoo.nothing
    assert not hasattr(mlzoo, "nothing")


def test_no_public_name_is_a_module_of_the_package() -> None:
    for name in mlzoo.__all__:
        with pytest.raises(ModuleNotFoundError):
            import_module(f"mlzoo.{name}")


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        pytest.param("import mlzoo", HEAVY, id="mlzoo"),
        pytest.param("import mlzoo; mlzoo.MlzooError; dir(mlzoo)", HEAVY, id="an error"),
        pytest.param(
            "import mlzoo; mlzoo.compose", ("sklearn", "pandas", "optuna", "numpy", "scipy", "rich"), id="compose"
        ),
        pytest.param("import mlzoo.cli", HEAVY, id="mlzoo.cli"),
    ],
)
def test_heavy_packages_are_not_imported(code: str, absent: tuple[str, ...]) -> None:
    heavy = f"sorted({set(absent)!r} & {{name.partition('.')[0] for name in sys.modules}})"
    assert python(f"import sys; {code}; print({heavy})") == "[]"
