// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// `&&`, `||`, `?:` and casts of bool are jumps, of which a prover follows both ways. These are none: what the specification
// says of all cases is one term, and the paths are the contract's alone.

function both(bool a, bool b) pure returns (bool c) {
    assembly ("memory-safe") {
        c := and(a, b)
    }
}

function either(bool a, bool b) pure returns (bool c) {
    assembly ("memory-safe") {
        c := or(a, b)
    }
}

function not(bool a) pure returns (bool b) {
    assembly ("memory-safe") {
        b := iszero(a)
    }
}

function number(bool a) pure returns (uint256 b) {
    assembly ("memory-safe") {
        b := a
    }
}

function pick(bool condition, uint256 yes, uint256 no) pure returns (uint256 picked) {
    assembly ("memory-safe") {
        let mask := sub(0, condition)
        picked := or(and(mask, yes), and(not(mask), no))
    }
}

function least(uint256 a, uint256 b) pure returns (uint256) {
    return pick(a < b, a, b);
}
