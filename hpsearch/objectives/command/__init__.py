"""The objective of a command."""
