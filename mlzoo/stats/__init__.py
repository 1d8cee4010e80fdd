"""Statistics: plain functions of numbers and arrays, each with its source.

Of the scores of one pipeline (`single`), of pipelines on the same rows (`paired`) and over several data sets (`ranks`),
of the best of a search (`optimism`), and metrics of many resamples at once (`weighted`).
"""
