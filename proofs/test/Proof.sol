// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ComplaintRegistry} from "../../contracts/ComplaintRegistry.sol";
import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {Vm} from "./Vm.sol";

/// @dev What all proofs share: a registry, an arbitrary complaint in it, and one arbitrary call.
///
/// Not a history but an arbitrary state is the start: the complaint's slot is any value that satisfies `_reachable`,
/// which every proof about a call also shows to hold afterwards. So the rules hold by induction, after any number of
/// calls by anyone.
abstract contract Proof {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address internal constant ADMIN = address(0xAD);
    address internal constant RECORDER = address(0xEC);
    address internal constant MANAGER = address(0x51A);
    uint40 internal constant INTERVAL = 1 days;
    uint8 internal constant MAX_LEVEL = 3;
    uint256 private constant COMPLAINTS_SLOT = 5;

    ComplaintRegistry internal registry;

    /// @dev Which function is called: the writes that pass a sequence, then the two that do not.
    enum Call {
        LOG,
        LOG_SIGNED,
        ANCHOR,
        SET_DEADLINE,
        PAUSE,
        RESUME,
        ESCALATE,
        ESCALATE_BATCH
    }

    struct Input {
        Call kind;
        address sender;
        uint40 time;
        bytes32 id;
        bytes32 slot;
        uint8 eventType;
        bytes32 data;
        uint40 deadline;
        uint24 sequence;
        address actor; // of a signed event, with the rest of its arguments
        uint40 validUntil;
        bytes32 r;
        bytes32 s;
        uint8 v;
    }

    struct Outcome {
        bool succeeded;
        bytes4 error;
        IComplaintRegistry.Complaint before;
        IComplaintRegistry.Complaint then_;
    }

    function setUp() public {
        address[] memory recorders = new address[](1);
        recorders[0] = RECORDER;
        address[] memory managers = new address[](1);
        managers[0] = MANAGER;
        registry = new ComplaintRegistry(ADMIN, 3 days, recorders, managers, INTERVAL, MAX_LEVEL);
    }

    /// @dev Runs one call of any kind by anyone at any time on any reachable complaint.
    function _run(Input memory input) internal returns (Outcome memory outcome) {
        VM.warp(input.time);
        VM.store(address(registry), _slotOf(input.id), input.slot);
        outcome.before = _decode(input.slot);
        VM.assume(_reachable(outcome.before));
        VM.prank(input.sender);
        bytes memory answer;
        (outcome.succeeded, answer) = address(registry).call(_calldata(input));
        if (!outcome.succeeded && answer.length >= 4) outcome.error = bytes4(answer);
        outcome.then_ = _decode(VM.load(address(registry), _slotOf(input.id)));
    }

    function _calldata(Input memory input) internal pure returns (bytes memory) {
        if (input.kind == Call.LOG) {
            return abi.encodeWithSelector(
                IComplaintRegistry.logComplaintEvent.selector, input.id, input.eventType, input.data, input.sequence
            );
        }
        if (input.kind == Call.LOG_SIGNED) {
            return abi.encodeWithSelector(
                IComplaintRegistry.logComplaintEventWithSignature.selector,
                input.id,
                input.eventType,
                input.data,
                input.sequence,
                input.actor,
                input.validUntil,
                abi.encodePacked(input.r, input.s, input.v)
            );
        }
        if (input.kind == Call.ANCHOR) {
            return abi.encodeCall(IComplaintRegistry.anchorEvidence, (input.id, input.data, input.sequence));
        }
        if (input.kind == Call.SET_DEADLINE) {
            return abi.encodeCall(IComplaintRegistry.setSLADeadline, (input.id, input.deadline, input.sequence));
        }
        if (input.kind == Call.PAUSE) return abi.encodeCall(IComplaintRegistry.pauseSLA, (input.id, input.sequence));
        if (input.kind == Call.RESUME) return abi.encodeCall(IComplaintRegistry.resumeSLA, (input.id, input.sequence));
        if (input.kind == Call.ESCALATE) return abi.encodeCall(IComplaintRegistry.checkAndEscalate, (input.id));
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = (input.id, input.id);
        return abi.encodeCall(IComplaintRegistry.batchCheckAndEscalate, (ids));
    }

    /// @dev The invariant. Nothing is assumed of head and count but that an unknown complaint is all zeros.
    function _reachable(IComplaintRegistry.Complaint memory complaint) internal pure returns (bool) {
        if (complaint.escalationLevel > MAX_LEVEL) return false;
        if (complaint.status == IComplaintRegistry.Status.NONE) {
            return complaint.eventCount == 0 && complaint.slaDeadline == 0 && complaint.escalationLevel == 0;
        }
        if (complaint.status == IComplaintRegistry.Status.ON_HOLD && complaint.slaDeadline == 0) return false;
        return complaint.eventCount > 0;
    }

    function _isEscalation(Call kind) internal pure returns (bool) {
        return kind == Call.ESCALATE || kind == Call.ESCALATE_BATCH;
    }

    /// @dev Spec 2.4, rule 6, written anew.
    function _due(IComplaintRegistry.Complaint memory complaint, uint256 time) internal pure returns (bool) {
        return complaint.status == IComplaintRegistry.Status.OPEN && complaint.slaDeadline > 0
            && complaint.slaDeadline < time;
    }

    function _same(IComplaintRegistry.Complaint memory a, IComplaintRegistry.Complaint memory b)
        internal
        pure
        returns (bool)
    {
        return a.head == b.head && a.eventCount == b.eventCount && a.slaDeadline == b.slaDeadline
            && a.status == b.status && a.escalationLevel == b.escalationLevel;
    }

    /// @dev By hand, so that the layout (one slot for a complaint) is part of what is proved.
    function _decode(bytes32 word) internal pure returns (IComplaintRegistry.Complaint memory) {
        uint256 value = uint256(word);
        uint8 status = uint8(value >> 240);
        VM.assume(status <= uint8(type(IComplaintRegistry.Status).max));
        return IComplaintRegistry.Complaint({
            head: bytes22(bytes32(value << 80)),
            eventCount: uint24(value >> 176),
            slaDeadline: uint40(value >> 200),
            status: IComplaintRegistry.Status(status),
            escalationLevel: uint8(value >> 248)
        });
    }

    function _slotOf(bytes32 id) internal pure returns (bytes32) {
        return keccak256(abi.encode(id, COMPLAINTS_SLOT));
    }

    function _evidenceSlotOf(bytes32 id, bytes32 evidence) internal pure returns (bytes32) {
        return keccak256(abi.encode(evidence, keccak256(abi.encode(id, COMPLAINTS_SLOT + 1))));
    }
}
