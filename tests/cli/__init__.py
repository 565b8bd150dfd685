"""The command line: in this process where that is enough, in one of its own where signals, terminals and pipes matter."""
