"""The `kafka-native` command: typed options in, results of the library out. No logic."""
