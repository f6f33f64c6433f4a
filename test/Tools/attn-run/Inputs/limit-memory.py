"""Runs a command that can allocate no more than 4 GiB.

  limit-memory.py COMMAND ARGUMENT...

The address space is limited; that of a program built with AddressSanitizer holds
terabytes of shadow memory, so there each allocation is.
"""

import os
import resource
import sys

if "ASAN_OPTIONS" in os.environ:
    os.environ["ASAN_OPTIONS"] += ":max_allocation_size_mb=4096"
else:
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
os.execvp(sys.argv[1], sys.argv[1:])
