// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A contract that got a role, or poses as a wallet, and tries to get back in while it is being asked.
contract Attacker {
    address private target;
    bytes private payload;
    bool public reentered;

    function arm(address target_, bytes calldata payload_) external {
        (target, payload) = (target_, payload_);
    }

    /// @notice Runs `calls` against the armed target, one by one; reverts with what the first failing one said.
    function run(bytes[] calldata calls) external {
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool ok, bytes memory answer) = target.call(calls[i]);
            if (!ok) {
                assembly ("memory-safe") {
                    revert(add(answer, 32), mload(answer))
                }
            }
        }
    }

    /// @notice ERC-1271: says yes, but not before trying to write.
    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        if (payload.length > 0) {
            (bool ok,) = target.call(payload);
            reentered = ok;
        }
        return 0x1626ba7e;
    }

    /// @notice Forces its balance upon `receiver`.
    function die(address payable receiver) external payable {
        selfdestruct(receiver);
    }
}

/// @notice ERC-1271 wallet that says yes only if the call which it was armed with got through meanwhile.
contract StaticAttacker {
    address public target;
    bytes public payload;

    function arm(address target_, bytes calldata payload_) external {
        (target, payload) = (target_, payload_);
    }

    /// @notice The wallet's answer.
    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        (bool ok,) = target.call(payload);
        return ok ? bytes4(0x1626ba7e) : bytes4(0);
    }
}
