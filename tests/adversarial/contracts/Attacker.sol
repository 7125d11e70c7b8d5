// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A contract that got a role, or poses as a wallet, and tries to get back in while it is being asked.
contract Attacker {
    address private target;
    bytes private payload;

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

    /// @notice Calls with so much gas and no more, and swallows the failure.
    function starve(address target_, bytes calldata data, uint256 allowance) external returns (bool ok) {
        (ok,) = target_.call{gas: allowance}(data);
    }

    /// @notice ERC-1271: says yes only if the call that it was armed with got through meanwhile.
    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        (bool ok,) = target.call(payload);
        return ok ? bytes4(0x1626ba7e) : bytes4(0);
    }

    /// @notice Forces its balance upon `receiver`.
    function die(address payable receiver) external payable {
        selfdestruct(receiver);
    }
}

/// @notice ERC-1271 wallets that make whoever asks pay.
contract Glutton {
    enum Appetite {
        LOOP,
        BOMB,
        LOOP_UNTIL_LITTLE_IS_LEFT
    }

    Appetite private appetite;

    function become(Appetite appetite_) external {
        appetite = appetite_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (appetite == Appetite.BOMB) {
            assembly ("memory-safe") {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 1000000)
            }
        }
        uint256 spare = appetite == Appetite.LOOP ? 0 : 5_000;
        while (gasleft() > spare) {}
        return 0x1626ba7e;
    }
}
