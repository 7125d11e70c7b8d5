"""Benchmarks: figures and ratios, each against what one would do otherwise, measured in the same run."""
