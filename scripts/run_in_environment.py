"""Runs `kafka-native` in the virtual environment of this clone, which it makes first when there is none."""

import os
import sys

from environment import ensure_environment, kind_for

try:
    python = str(ensure_environment(kind_for(sys.argv[1:])))
except KeyboardInterrupt:
    sys.exit(130)
os.execv(python, [python, "-m", "kafka_native", *sys.argv[1:]])  # noqa: S606 - no shell is wanted
