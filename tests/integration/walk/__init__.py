"""The feature walk: one test (or a few) a feature of Kafka, each on a real broker, with real clients and tools."""
