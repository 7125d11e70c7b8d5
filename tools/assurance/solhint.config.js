// solhint's recommended rules; each one that is off has its reason.
module.exports = {
  extends: "solhint:recommended",
  rules: {
    // The interface compiles with any compiler that has what it uses; what is deployed, with 0.8.30 (lint says so).
    "compiler-version": ["error", "^0.8.4"],
    "func-visibility": ["error", { ignoreConstructors: true }],
    // NatSpec says what a name does not, once, at the interface; it is not repeated for every parameter.
    "use-natspec": "off",
    // The names of the specification, which the prover and the interface share: GENESIS, escalationInterval.
    "immutable-vars-naming": "off",
    // Indexed are the three that somebody looks for; a topic more costs gas at every write.
    "gas-indexed-events": "off",
    // The order is that of meaning (spec 2.1), and it is exactly one slot: snapshots and proofs say so.
    "gas-struct-packing": "off",
    // The only strings are an EIP-712 type and a version.
    "gas-small-strings": "off",
    // `>=` against `>` is a rule of the specification at each place, not a matter of three gas.
    "gas-strict-inequalities": "off",
  },
};
