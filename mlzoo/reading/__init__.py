"""From where data lies to a DataFrame of numbers and text.

`files` is where it begins: a path, a pattern or a node, to a `source.Source`. Below it

- `parts` joins the files of one table, and `formats` reads one file, by its ending;
- `delimited` and `fields` read text files, whose `dialect` is found out first and whose `headings` are checked, before
  pandas reads them `whole`; `layout` those that are laid out for the eye, and `parquet` the others; `commas` tells
  which of those between fields are decimal marks;
- `opening` unpacks files and knows their encodings;
- `frames` takes tables that have types of their own;
- `numerals`, `decimals`, `dates` and `durations` tell what of the text is numbers, dates or times of day, by the
  `forms` that they are written in, and `unread` what keeps a column from being numbers;
- `dtypes` tells columns by their types, and `options` refuses those of `read` that cannot be;
- `memory` says what is too large for this machine.
"""
