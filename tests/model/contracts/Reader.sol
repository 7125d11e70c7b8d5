// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Asks many questions in one call.
contract Reader {
    function read(address target, bytes[] calldata questions) external view returns (bytes[] memory answers) {
        answers = new bytes[](questions.length);
        for (uint256 i = 0; i < questions.length; ++i) {
            (bool ok, bytes memory answer) = target.staticcall(questions[i]);
            require(ok, "no answer");
            answers[i] = answer;
        }
    }
}
