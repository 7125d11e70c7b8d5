"""From pending writes to the chain: select, pack, sign, send, settle."""
