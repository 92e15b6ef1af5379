"""Makes, checks and explains the reachability metadata of a Kafka version, from what its brokers and jars tell."""
