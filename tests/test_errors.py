"""The tree of errors, and hints at the nearest name."""

import pytest

from mlzoo import errors
from mlzoo.errors import BackendError, ConfigError, DataError, FitError, MlzooError, RecordError, nearest


def test_every_error_stands_right_below_mlzoo_error() -> None:
    kinds = (ConfigError, DataError, FitError, BackendError, RecordError)
    assert {kind: kind.__bases__ for kind in kinds} == dict.fromkeys(kinds, (MlzooError,))
    assert MlzooError.__bases__ == (Exception,)


def test_the_tree_in_the_docstring_is_complete() -> None:
    kinds = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, MlzooError)}
    assert kinds == {
        *(
            "MlzooError",
            "ConfigError",
            "UndrawnError",
            "DataError",
            "MissingTargetError",
            "NothingToLearnError",
            "EmptyFileError",
            "FitError",
            "SearchError",
        ),
        *("BackendError", "RecordError"),
    }
    for name in kinds:
        assert f"- {name}: " in str(errors.__doc__)


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        pytest.param("preproces", ["models", "preprocess"], " Did you mean 'preprocess'?", id="a letter missing"),
        pytest.param("SURVIVED", ["Age", "Survived"], " Did you mean 'Survived'?", id="case does not count"),
        pytest.param("surived", iter(["Survived"]), " Did you mean 'Survived'?", id="any iterable"),
        pytest.param(
            "class_weigth", ["weight", "class_weight"], " Did you mean 'class_weight'?", id="the nearest of several"
        ),
        pytest.param("xyz", ["Age", "Fare"], "", id="nothing is near"),
        pytest.param("xyz", [], "", id="nothing is known"),
        pytest.param("", ["Age"], "", id="an empty word"),
    ],
)
def test_nearest(word: str, known: list[str], hint: str) -> None:
    assert nearest(word, known) == hint


def test_the_first_line_of_what_a_library_says() -> None:
    said = [ValueError("\n one\ntwo"), ValueError(""), UserWarning(" "), "text"]
    assert list(map(errors.first_line, said)) == ["one", "ValueError", "UserWarning", "text"]


def test_a_blank_of_another_width_stays_so_that_it_can_be_copied() -> None:
    assert errors.escaped("Preis\xa0netto\u202fm\x1b[31m\n") == "Preis\xa0netto\u202fm\\x1b[31m\\n"
