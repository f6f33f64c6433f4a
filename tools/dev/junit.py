"""Test results in JUnit's XML form, the one that lit writes too.

Every phase of tools/dev/check.sh leaves such a file; summarize.py counts them.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import List


@dataclass
class Case:
    """One test: passed unless `failure` or `skipped` holds a reason."""

    suite: str
    name: str
    seconds: float = 0.0
    failure: str = ""
    skipped: str = ""


@dataclass
class Report:
    """The tests of one phase."""

    cases: List[Case] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Writes all cases as one test suite."""
        root = ET.Element("testsuites")
        suite = ET.SubElement(root, "testsuite")
        for case in self.cases:
            node = ET.SubElement(
                suite,
                "testcase",
                classname=case.suite,
                name=case.name,
                time=f"{case.seconds:.2f}",
            )
            if case.failure:
                ET.SubElement(node, "failure").text = printable(case.failure)
            elif case.skipped:
                ET.SubElement(node, "skipped", message=printable(case.skipped))
        ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)

    @staticmethod
    def read(path: Path) -> "Report":
        """Reads a file written by us or by lit."""
        cases = []
        for node in ET.parse(path).getroot().iter("testcase"):
            failure = node.find("failure")
            skipped = node.find("skipped")
            cases.append(
                Case(
                    node.get("classname", ""),
                    node.get("name", ""),
                    float(node.get("time", "0")),
                    "" if failure is None else failure.text or "failed",
                    "" if skipped is None else skipped.get("message") or "no reason given",
                )
            )
        return Report(cases)


def printable(text: str) -> str:
    """The text without the control characters that XML does not allow."""
    return "".join(c for c in text if c >= " " or c in "\t\n")
