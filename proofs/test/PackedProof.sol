// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {PackedComplaint} from "../../contracts/libraries/PackedComplaint.sol";
import {Vm} from "./Vm.sol";

/// @dev The packed complaint is the compiler's own layout of the struct, and each function on it touches its field alone.
contract PackedProof {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    IComplaintRegistry.Complaint private _struct; // slot 0

    function check_unpack(uint256 word) public {
        _write(word);
        IComplaintRegistry.Complaint memory a = _struct;
        IComplaintRegistry.Complaint memory b = PackedComplaint.wrap(word).unpack();
        assert(keccak256(abi.encode(a)) == keccak256(abi.encode(b)));
    }

    function check_fields(uint256 word) public {
        _write(word);
        PackedComplaint packed = PackedComplaint.wrap(word);
        assert(packed.head() == _struct.head && packed.eventCount() == _struct.eventCount);
        assert(packed.slaDeadline() == _struct.slaDeadline && packed.status() == _struct.status);
        assert(packed.escalations() == _struct.escalations && packed.objections() == _struct.objections);
        unchecked {
            assert(packed.nonce() == _struct.eventCount - _struct.escalations - _struct.objections);
        }
    }

    function check_withHead(uint256 word, bytes22 head) public {
        _write(word);
        _struct.head = head;
        assert(PackedComplaint.unwrap(PackedComplaint.wrap(word).withHead(head)) == _read());
    }

    function check_withStatus(uint256 word, uint8 status) public {
        VM.assume(status <= 4);
        _write(word);
        _struct.status = IComplaintRegistry.Status(status);
        assert(PackedComplaint.unwrap(PackedComplaint.wrap(word).withStatus(_struct.status)) == _read());
    }

    function check_withDeadline(uint256 word, uint32 deadline) public {
        _write(word);
        _struct.slaDeadline = deadline;
        assert(PackedComplaint.unwrap(PackedComplaint.wrap(word).withDeadline(deadline)) == _read());
    }

    function check_counters(uint256 word) public {
        _write(word);
        VM.assume(_struct.eventCount < type(uint24).max);
        VM.assume(_struct.escalations < 255 && _struct.objections < 255);
        _struct.eventCount += 1;
        assert(PackedComplaint.unwrap(PackedComplaint.wrap(word).plusLink()) == _read());
        _write(word);
        _struct.escalations += 1;
        assert(PackedComplaint.unwrap(PackedComplaint.wrap(word).plusEscalation()) == _read());
        _write(word);
        _struct.objections += 1;
        assert(PackedComplaint.unwrap(PackedComplaint.wrap(word).plusObjection()) == _read());
    }

    function _write(uint256 word) private {
        VM.assume(uint8(word >> 232) <= 4);
        assembly ("memory-safe") {
            sstore(0, word)
        }
    }

    function _read() private view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(0)
        }
    }
}
