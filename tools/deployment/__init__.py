"""What the deployment scripts do. Ape supplies compiler, network and keys; everything read goes through web3."""
