"""A run as a person knows it: begun, gone on with, zoomed, confirmed, timed."""

from hpsearch.runs.run import Run, open_run, resume_run
