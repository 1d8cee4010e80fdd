"""What is told of a training by epochs as it goes: a line in the log, and TensorBoard's event files.

Any estimator takes part that leaves a list of dicts in `epochs_` and asks for `on_epoch`, as
`mlzoo.networks.NetworkClassifier` does.
"""

import logging
import shlex
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from mlzoo import targets
from mlzoo.errors import ConfigError

log = logging.getLogger(__name__)


class Epochs:
    """Called after each epoch of the fit that a run ends with.

    Parameters
    ----------
    config : mapping
        A plain config, of which `models.log` is the folder of event files; each run has one of its own in it, named
        as the run's folder is.
    folder : Path
        Of the run.
    """

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        self.told = 0
        self._writer: Any = None
        start = Path((config["origin"] or {}).get("cwd") or ".").resolve()
        self._log = config["models"].get("log")  # as it was given
        run = folder.resolve()
        own = run.relative_to(start) if run.is_relative_to(start) else run.relative_to(run.anchor)
        if self._log is not None:
            self._folder = start / Path(targets.from_environment(str(self._log), where="models.log")).expanduser() / own

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def __call__(self, epoch: Mapping[str, float], total: int) -> None:
        """Tell of one."""
        if not self.told and self._log is not None:
            self._open()
        self.told += 1
        scores = {name: value for name, value in epoch.items() if name != "epoch"}
        text = "  ".join(f"{name} {value:.3f}" for name, value in scores.items())
        log.info("epoch %*d/%d  %s", len(str(total)), epoch["epoch"], total, text)
        if self._writer is not None:
            for name, value in scores.items():
                self._writer.add_scalar(f"accuracy/{name}", value, epoch["epoch"])
            self._writer.flush()

    def finish(self, model: Any) -> None:
        """Tell of those that were trained in another process."""
        epochs = getattr(model, "epochs_", [])
        for epoch in epochs[self.told :]:
            self(epoch, len(epochs))

    def _open(self) -> None:
        if find_spec("tensorboardX") is None:
            log.info("No event files in %s: for TensorBoard's, pip install 'mlzoo[tensorboard]'.", self._log)
            return
        from tensorboardX import SummaryWriter

        try:
            self._writer = SummaryWriter(str(self._folder), purge_step=1)  # hides what an ended process left there
        except OSError as error:
            raise ConfigError(
                f"models.log={self._log}: no event files can be written there: {error.strerror}."
            ) from error
        log.info("To see the epochs drawn: %s", shlex.join(["tensorboard", "--logdir", str(self._log)]))
