"""The words of a command line, composed with the files of the zoo into one plain, checked config.

`composing` is where it begins for notebooks and verbs, and `loader` what Hydra asks. Below them

- `overrides` reads the words, and `repository` the files;
- `config` makes a plain dict of what was composed, and checks it against the `schema`; `passwords` keeps secrets out;
- `sweep` looks at the jobs of a multirun before the first one starts;
- `rebuild` writes the command that makes a pipeline again, and `listing` shows the zoo.
"""
