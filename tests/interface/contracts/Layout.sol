// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../../contracts/interfaces/IComplaintRegistry.sol";

/// @notice Puts the interface's struct into storage, so that the compiler says how it lies there.
contract Layout {
    IComplaintRegistry.Complaint public complaint;
}
