"""The command line: one file a verb. stdout is data, stderr is narration, exit codes are an interface."""
