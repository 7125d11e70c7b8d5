"""The whole system on one machine for `make demo` and `make run`: local chain, contract, web server and relay."""
