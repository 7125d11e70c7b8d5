// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice An ERC-1271 wallet that approves digests one by one, and can be told how to misbehave.
contract Wallet {
    enum Answer {
        HONEST,
        REVERT,
        SHORT,
        WRONG_MAGIC
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

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        if (answer == Answer.REVERT) revert("no");
        if (answer == Answer.WRONG_MAGIC) return 0xffffffff;
        if (answer == Answer.SHORT) {
            assembly ("memory-safe") {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        return approved[digest] ? MAGIC : bytes4(0);
    }
}
