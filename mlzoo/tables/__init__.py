"""A table as runs take it: the kinds of its columns, its target, and the rows of both splits.

`data` is where it begins: what was read becomes the train and the test split. Below it

- `selection` says which columns are used, `splitting` which rows are tested, and `labels` what the target holds;
- `kinds` tells the kinds of columns apart, and `conversion` makes numbers and text of them;
- `columns`, `categories`, `sentinels` and `totals` look for what is odd in them.
"""
