// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev The cheat codes that the proofs need, and no more.
interface Vm {
    function assume(bool condition) external pure;
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
    function store(address target, bytes32 slot, bytes32 value) external;
}

/// @dev Those of halmos, and two that tools/assurance/proofs/prover.py adds to it.
interface Svm {
    function createUint(uint256 bits, string memory name) external returns (uint256);

    /// @dev What the last call of `target` emitted, if it succeeded: of each event the number of topics, the topics and
    /// the data, as words.
    function logsOf(address target) external returns (bytes memory);

    /// @dev What the last call of `target` wrote to storage, if it succeeded: of each write the account and the slot, as words.
    function writesOf(address target) external returns (bytes memory);
}
