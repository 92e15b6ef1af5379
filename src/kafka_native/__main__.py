"""`python -m kafka_native`: the same as the `kafka-native` command."""

import sys

from kafka_native.cli.main import main

sys.exit(main())
