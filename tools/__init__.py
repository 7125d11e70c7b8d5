"""What the commands and the Makefile call: deployment, the local stack, operations, assurance, toolchain."""
