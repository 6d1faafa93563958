"""The objective of a network."""
