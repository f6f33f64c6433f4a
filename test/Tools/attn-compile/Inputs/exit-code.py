"""Runs a command and fails unless it ends with a given exit code.

  exit-code.py CODE COMMAND ARGUMENT...
"""

import subprocess
import sys

found = subprocess.run(sys.argv[2:], check=False).returncode
if found != int(sys.argv[1]):
    sys.exit(f"expected exit code {sys.argv[1]} but found {found}")
