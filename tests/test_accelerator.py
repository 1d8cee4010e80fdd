"""scikit-learn-intelex in place of scikit-learn's own estimators."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlzoo import accelerator, targets
from mlzoo.errors import ConfigError
from tests.conftest import ROOT
from tests.program import own_environment

CODE = """
import sys
from mlzoo import compose, run
words = ("+preprocess=complex", "+models=rf", "models.type.n_estimators=30", "n_trials=4", "batch_size=2",
         "validation.n_splits=3", "validation.n_repeats=1", "models.space.n_estimators={low: 10, high: 30}")
fast = run(compose(*words, "accelerator=sklearnex", "n_jobs=1"), folder=sys.argv[1] + "/one")
workers = run(compose(*words, "accelerator=sklearnex", "n_jobs=2", "timeout_s=100"), folder=sys.argv[1] + "/two")
plain = run(compose(*words), folder=sys.argv[1] + "/plain")
print(type(fast.pipeline[-1]).__module__, type(plain.pipeline[-1]).__module__)
print(fast["cv"] == workers["cv"], fast["cv"] == plain["cv"])
print(fast["environment"]["accelerator"].split()[0], plain["environment"]["accelerator"])
print(fast["identity"] == workers["identity"], fast["identity"] == plain["identity"])
"""


@pytest.mark.long  # here it is told below, in this process
def test_it_stands_in_here_and_in_workers_and_is_taken_back(tmp_path: Path) -> None:
    pytest.importorskip("sklearnex")
    done = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning", "-c", CODE, str(tmp_path)],
        cwd=ROOT, env=own_environment(), text=True, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    modules, scores, names, identities = done.stdout.splitlines()
    assert modules.startswith("sklearnex.")
    assert modules.endswith("sklearn.ensemble._forest")
    assert scores == "True False"
    assert names == "sklearnex None"
    assert identities == "True False"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearnex", None)
    with pytest.raises(ConfigError, match=r"accelerator=sklearnex needs an extra: pip install 'mlzoo\[accelerate\]'"):
        accelerator.use("sklearnex")
    accelerator.use(None)  # nothing to take back


def test_none_is_none() -> None:
    assert accelerator.described(None) is None
    with accelerator.one_thread():
        pass


def test_patched_and_taken_back_in_this_process() -> None:
    pytest.importorskip("sklearnex")
    from sklearn import ensemble

    own = ensemble.RandomForestClassifier
    try:
        accelerator.use("sklearnex")
        accelerator.use("sklearnex")
        assert ensemble.RandomForestClassifier is not own
        found = targets.find("sklearn.ensemble.RandomForestClassifier", where="models.type")
        assert found is ensemble.RandomForestClassifier
        import daal4py

        before = daal4py.num_threads()
        with accelerator.one_thread():
            assert daal4py.num_threads() == 1
        assert daal4py.num_threads() == before
    finally:
        accelerator.use(None)
    assert ensemble.RandomForestClassifier is own
    assert (accelerator.described("sklearnex") or "").startswith("sklearnex 20")


def test_names_of_parameters_are_looked_up_once_and_stay_the_same() -> None:
    from sklearn.base import BaseEstimator
    from sklearn.ensemble import RandomForestClassifier

    class Own(BaseEstimator):  # type: ignore[misc]
        def __init__(self, one: int = 1) -> None:
            self.one = one

    class Other(Own):
        def __init__(self, one: int = 1, two: int = 2) -> None:
            super().__init__(one)
            self.two = two

    before = BaseEstimator.__dict__["_get_param_names"]
    expected = [RandomForestClassifier().get_params(), Own().get_params(), Other().get_params()]
    with accelerator.names_once():
        for _ in range(2):
            assert [RandomForestClassifier().get_params(), Own().get_params(), Other().get_params()] == expected
        Own._get_param_names().append("not one of them")
        assert Own().get_params() == {"one": 1}
    assert BaseEstimator.__dict__["_get_param_names"] is before
