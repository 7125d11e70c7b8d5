// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../interfaces/IComplaintRegistry.sol";

/// @dev An `IComplaintRegistry.Complaint` in one word, laid out as the compiler lays the struct out in storage. From the
/// lowest bit: head 176, eventCount 24, slaDeadline 32, status 8, escalations 8, objections 8.
///
/// The contract works on this word instead of the struct, because the compiler reads and writes a struct field by field:
/// a slot that is loaded and stored once costs about 1,000 gas less for each link.
type PackedComplaint is uint256;

using {
    head,
    eventCount,
    slaDeadline,
    status,
    escalations,
    objections,
    nonce,
    unpack,
    plusLink,
    withHead,
    withStatus,
    withDeadline,
    plusEscalation,
    plusObjection
} for PackedComplaint global;

function head(PackedComplaint self) pure returns (bytes22) {
    return bytes22(uint176(PackedComplaint.unwrap(self)));
}

function eventCount(PackedComplaint self) pure returns (uint24) {
    return uint24(PackedComplaint.unwrap(self) >> 176);
}

/// @dev Unix seconds or seconds left, see `IComplaintRegistry.Complaint`.
function slaDeadline(PackedComplaint self) pure returns (uint32) {
    return uint32(PackedComplaint.unwrap(self) >> 200);
}

function status(PackedComplaint self) pure returns (IComplaintRegistry.Status) {
    return IComplaintRegistry.Status(uint8(PackedComplaint.unwrap(self) >> 232));
}

function escalations(PackedComplaint self) pure returns (uint8) {
    return uint8(PackedComplaint.unwrap(self) >> 240);
}

function objections(PackedComplaint self) pure returns (uint8) {
    return uint8(PackedComplaint.unwrap(self) >> 248);
}

/// @dev Number of links that recorders have written. Modulo 2^24, so what stands above `eventCount` in the word does not count.
function nonce(PackedComplaint self) pure returns (uint24) {
    unchecked {
        uint256 word = PackedComplaint.unwrap(self);
        return uint24((word >> 176) - uint8(word >> 240) - (word >> 248));
    }
}

function unpack(PackedComplaint self) pure returns (IComplaintRegistry.Complaint memory) {
    return IComplaintRegistry.Complaint({
        head: self.head(),
        eventCount: self.eventCount(),
        slaDeadline: self.slaDeadline(),
        status: self.status(),
        escalations: self.escalations(),
        objections: self.objections()
    });
}

/// @dev The caller makes sure that there are fewer than 2^24 - 1 links.
function plusLink(PackedComplaint self) pure returns (PackedComplaint) {
    unchecked {
        return PackedComplaint.wrap(PackedComplaint.unwrap(self) + (1 << 176));
    }
}

function withHead(PackedComplaint self, bytes22 newHead) pure returns (PackedComplaint) {
    return PackedComplaint.wrap(PackedComplaint.unwrap(self) >> 176 << 176 | uint176(newHead));
}

function withStatus(PackedComplaint self, IComplaintRegistry.Status newStatus) pure returns (PackedComplaint) {
    return
        PackedComplaint.wrap(
            PackedComplaint.unwrap(self) & ~(uint256(type(uint8).max) << 232) | uint256(newStatus) << 232
        );
}

function withDeadline(PackedComplaint self, uint32 deadline) pure returns (PackedComplaint) {
    return
        PackedComplaint.wrap(
            PackedComplaint.unwrap(self) & ~(uint256(type(uint32).max) << 200) | uint256(deadline) << 200
        );
}

/// @dev The caller makes sure that there are fewer than 255.
function plusEscalation(PackedComplaint self) pure returns (PackedComplaint) {
    unchecked {
        return PackedComplaint.wrap(PackedComplaint.unwrap(self) + (1 << 240));
    }
}

/// @dev The caller makes sure that there are fewer than 255.
function plusObjection(PackedComplaint self) pure returns (PackedComplaint) {
    unchecked {
        return PackedComplaint.wrap(PackedComplaint.unwrap(self) + (1 << 248));
    }
}
