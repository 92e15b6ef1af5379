"""Tests against a real broker; `tests/conftest.py` tells how to choose the engine and the Kafka version."""
