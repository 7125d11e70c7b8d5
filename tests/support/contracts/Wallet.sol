// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice An ERC-1271 wallet that approves digests one by one, calls what it is told to, and can be told how to
/// misbehave. An account may also delegate to it (EIP-7702).
contract Wallet {
    enum Answer {
        HONEST,
        REVERT,
        SHORT,
        WRONG_MAGIC,
        BY_KEY
    }

    bytes4 private constant MAGIC = 0x1626ba7e;

    mapping(bytes32 digest => bool) public approved;
    Answer public answer;

    function approve(bytes32 digest, bool yes) external {
        approved[digest] = yes;
    }

    function answerWith(Answer answer_) external {
        answer = answer_;
    }

    /// @notice Calls `target` from this account. Reverts with what the call reverts with.
    function execute(address target, bytes calldata data) external returns (bytes memory) {
        (bool succeeded, bytes memory output) = target.call(data);
        if (!succeeded) {
            assembly ("memory-safe") {
                revert(add(output, 32), mload(output))
            }
        }
        return output;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (answer == Answer.REVERT) revert("no");
        if (answer == Answer.WRONG_MAGIC) return 0xffffffff;
        if (answer == Answer.SHORT) {
            assembly ("memory-safe") {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        if (answer == Answer.BY_KEY) {
            address signer = ecrecover(
                digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64])
            );
            return signer == address(this) ? MAGIC : bytes4(0);
        }
        return approved[digest] ? MAGIC : bytes4(0);
    }
}
