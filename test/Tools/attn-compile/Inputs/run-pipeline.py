"""Runs attn-opt with a pipeline that is too long for a command line in a test.

  run-pipeline.py PIPELINE_FILE ATTN_OPT_ARGUMENT...
"""

import subprocess
import sys
from pathlib import Path

pipeline = Path(sys.argv[1]).read_text(encoding="utf-8").strip()
command = ["attn-opt", "--pass-pipeline=" + pipeline, *sys.argv[2:]]
sys.exit(subprocess.run(command, check=False).returncode)
