"""One node and one contract: requests and what may come back, the deployment, finality, signers."""
