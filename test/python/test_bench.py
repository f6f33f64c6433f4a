"""The table that tools/dev/bench.py makes."""

import unittest
from unittest import mock

import scripts

bench = scripts.load("bench")

PAGE = "# attn\n<!-- speed: begin -->\nold\n<!-- speed: end -->\nend\n"
RESULT = {
    "best_ms": 2.0,
    "gflops": 80.0,
    "peak_gflops": 100.0,
    "percent_of_peak": 80.0,
    "percent_of_bandwidth": 90.0,
    "compile_ms": 200.0,
}


class Table(unittest.TestCase):
    def test_row_without_base(self):
        case = bench.Case("full", "full", "")
        self.assertEqual(bench.row(case, RESULT, {}), "| full | 2.00 | 80.0 | 100.0 | 80.0 % | 200 |")

    def test_row_with_base(self):
        case = bench.Case("alibi", "ALiBi", "", "full")
        row = bench.row(case, RESULT, {**RESULT, "percent_of_peak": 100.0})
        self.assertIn("| 80.0 % (80 % of full) |", row)

    def test_row_of_a_case_that_reads(self):
        case = bench.Case("decode", "one query", "", reads=True)
        self.assertIn("| 90.0 % of bandwidth |", bench.row(case, RESULT, {}))

    def test_row_of_a_state_has_the_time_per_token(self):
        case = bench.Case("gla", "GLA", "--op=linear --seq=1000")
        row = bench.state_row(case, RESULT, False)
        self.assertEqual(row, "| GLA | 2.00 | 2.000 | 80.0 | 100.0 | 80.0 % | 200 |")

    def test_row_of_a_selection_has_the_ratio_to_dense_attention(self):
        case = bench.Case("moba", "MoBA", "--system=moba --seq=1000")
        row = bench.selection_row(case, RESULT, {**RESULT, "best_ms": 7.0})
        self.assertEqual(row, "| MoBA | 2.00 | 7.00 | 3.50 | 200 |")

    def test_a_base_is_an_earlier_case(self):
        names = [case.name for case in bench.CASES]
        for index, case in enumerate(bench.CASES):
            self.assertTrue(not case.base or case.base in names[:index], case.name)

    def test_readme_keeps_what_is_around_the_table(self):
        once = bench.with_table(PAGE, ["new", "table"])
        self.assertEqual(once, PAGE.replace("old", "new\ntable"))
        self.assertEqual(bench.with_table(once, ["new", "table"]), once)

    def test_readme_without_comments_is_refused(self):
        with self.assertRaises(SystemExit):
            bench.with_table("# attn\n", [])

    def test_readme_has_the_comments(self):
        page = (scripts.ROOT / "README.md").read_text()
        self.assertIn("row", bench.with_table(page, ["row"]))

    def test_readme_is_not_updated_from_toy_sizes(self):
        with mock.patch("sys.argv", ["bench.py", "--smoke", "--update-readme"]), mock.patch("sys.stderr"):
            with self.assertRaises(SystemExit):
                bench.main()


if __name__ == "__main__":
    unittest.main()
