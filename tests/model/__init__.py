"""The contract against a plain Python model of the specification."""
