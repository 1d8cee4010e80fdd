"""What is left to be done once a search has ended: in a worker, where fits are isolated."""

import logging
from typing import Any

from sklearn.pipeline import Pipeline

from mlzoo.answers import Answers
from mlzoo.errors import BackendError, FitError
from mlzoo.evaluate import Scored
from mlzoo.searching import fits, search
from mlzoo.searching.backend import Backend, Fault, Function
from mlzoo.searching.fits import Context
from mlzoo.searching.storage import Trial

log = logging.getLogger(__name__)


def refit(context: Context, chosen: Trial, backend: Backend, what: str) -> tuple[Pipeline, Scored, Answers]:
    """The chosen setting fitted on the whole train split, its scores on the test split, and what it says of it.

    `what` names the fit in errors.

    Raises
    ------
    FitError
        If the fit hangs, or ends its worker.
    """
    if context.isolated:
        backend.begin(context, search.limits(context))
    outcome = _last("The final fit", context, backend, fits.refit, chosen.params)
    if isinstance(outcome, Fault):
        raise FitError(f"{what} has failed: {outcome.message}")
    built, test, answers = outcome
    return built, test, Answers(built[-1], answers, context.data.labels)


def importances(context: Context, built: Pipeline, backend: Backend) -> list[dict[str, Any]]:
    """The importance of each column.

    Raises
    ------
    RuntimeError
        Of whatever happens to a worker: it costs the importances alone.
    """
    try:
        outcome = _last("The importances", context, backend, fits.importances, built)
    except FitError as error:
        raise RuntimeError(str(error)) from error
    if isinstance(outcome, Fault):
        raise RuntimeError(outcome.message)
    return outcome


def _last(what: str, context: Context, backend: Backend, function: Function, unit: Any) -> Any:
    if not context.isolated:
        return function(context, unit)
    try:
        backend.free(1)
        backend.submit(function, (0, 0), unit)
        _, outcome = backend.wait()
    except BackendError as error:  # a pipeline that cannot be sent
        log.info("%s: made in the main process: %s", what, error)
        return function(context, unit)
    return outcome
