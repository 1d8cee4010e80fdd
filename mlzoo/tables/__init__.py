"""A table as runs take it: the kinds of its columns, its target, and the rows of both splits."""
