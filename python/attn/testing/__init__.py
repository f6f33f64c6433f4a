"""Integration tests: suites of cases, tolerances, and the lit format for them."""
