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
