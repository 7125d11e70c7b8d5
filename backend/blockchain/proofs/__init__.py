"""Storage proofs for receipts: taken in rounds, published when their block is final, handed out in receipts."""
