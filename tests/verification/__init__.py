"""What a holder of a receipt can check alone, and that it fails for every lie."""
