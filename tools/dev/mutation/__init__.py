"""Parts of tools/dev/mutate.py."""
