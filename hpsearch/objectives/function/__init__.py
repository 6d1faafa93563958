"""The objective of a function."""
