"""Runs a command in an address space of 4 GiB.

  limit-memory.py COMMAND ARGUMENT...
"""

import os
import resource
import sys

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
os.execvp(sys.argv[1], sys.argv[1:])
