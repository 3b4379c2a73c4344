"""The report of a benchmark: stages that can be resumed, measures, tables and plots."""
