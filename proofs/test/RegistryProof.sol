// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {Proof} from "./Proof.sol";

/// @dev One call of any kind, by anyone, at any time, on a complaint in any reachable state.
contract RegistryProof is Proof {
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// Rule 1. One link a call (two at most for a batch that names the id twice), none for a call that reverts.
    function check_appendOnly(Input memory input) public {
        Outcome memory o = _run(input);
        uint256 links = uint256(o.then_.eventCount) - o.before.eventCount;
        if (!o.succeeded) assert(links == 0);
        else if (input.kind == Call.ESCALATE_BATCH) assert(links <= 2);
        else assert(links == 1);
    }

    /// Rule 1. Without a link nothing in the slot changes.
    function check_noLinkNoChange(Input memory input) public {
        Outcome memory o = _run(input);
        if (o.then_.eventCount == o.before.eventCount) assert(_same(o.before, o.then_));
    }

    /// The assumption about the state before holds after: all proofs are steps of an induction.
    function check_invariantIsKept(Input memory input) public {
        Outcome memory o = _run(input);
        assert(_reachable(o.then_));
    }

    /// Rule 2. Every write that passes a sequence reverts unless it is that of the next link; with the role, by name.
    function check_sequenceMismatchReverts(Input memory input) public {
        VM.assume(!_isEscalation(input.kind));
        VM.assume(input.eventType <= uint8(type(IComplaintRegistry.EventType).max));
        Outcome memory o = _run(input);
        if (uint256(input.sequence) == uint256(o.before.eventCount) + 1) return;
        assert(!o.succeeded);
        if (input.kind == Call.LOG_SIGNED) return; // which of its checks comes first is not sequence's to say
        bool mayWrite = input.sender == (input.kind == Call.LOG || input.kind == Call.ANCHOR ? RECORDER : MANAGER);
        if (mayWrite && o.before.eventCount < type(uint24).max) assert(o.error == IComplaintRegistry.StaleSequence.selector);
    }

    /// Rule 3. Whatever the call, the status moves along the lifecycle only.
    function check_lifecycle(Input memory input) public {
        Outcome memory o = _run(input);
        IComplaintRegistry.Status from = o.before.status;
        IComplaintRegistry.Status to = o.then_.status;
        if (from == to) return;
        if (from == IComplaintRegistry.Status.NONE) assert(to == IComplaintRegistry.Status.OPEN);
        else if (from == IComplaintRegistry.Status.OPEN) assert(to > IComplaintRegistry.Status.OPEN);
        else if (from == IComplaintRegistry.Status.ON_HOLD) assert(to != IComplaintRegistry.Status.NONE);
        else if (from == IComplaintRegistry.Status.RESOLVED) {
            assert(to == IComplaintRegistry.Status.OPEN || to == IComplaintRegistry.Status.CLOSED);
        } else {
            assert(to == IComplaintRegistry.Status.OPEN);
        }
    }

    /// Rule 4. A deadline, or what remains of it, goes away by the last escalation only.
    function check_clockIsNeverWiped(Input memory input) public {
        Outcome memory o = _run(input);
        if (o.before.slaDeadline == 0 || o.then_.slaDeadline > 0) return;
        assert(_isEscalation(input.kind));
        assert(_due(o.before, input.time) && o.then_.escalationLevel == MAX_LEVEL);
    }

    /// Rule 4. What stops the clock keeps the seconds that are left, what restarts it adds them to the block's time.
    function check_clockKeepsItsSeconds(Input memory input) public {
        VM.assume(input.kind != Call.SET_DEADLINE);
        Outcome memory o = _run(input);
        if (o.before.slaDeadline == 0 || o.before.status == o.then_.status) {
            bool isEscalation = o.then_.eventCount > o.before.eventCount
                && _isEscalation(input.kind);
            if (!isEscalation) assert(o.then_.slaDeadline == o.before.slaDeadline);
            return;
        }
        uint256 time = input.time;
        uint256 clock = o.before.slaDeadline;
        if (o.before.status == IComplaintRegistry.Status.OPEN) {
            assert(o.then_.slaDeadline == (clock > time ? clock - time : 1));
        } else if (o.then_.status == IComplaintRegistry.Status.OPEN) {
            uint256 end = time + clock;
            assert(o.then_.slaDeadline == (end < type(uint40).max ? end : type(uint40).max));
        } else {
            assert(o.then_.slaDeadline == clock);
        }
    }

    /// Rule 5. While a complaint is due, nothing but an escalation touches its clock or its status.
    function check_breachBlocksEveryExit(Input memory input) public {
        VM.assume(!_isEscalation(input.kind));
        Outcome memory o = _run(input);
        if (!_due(o.before, input.time)) return;
        assert(o.then_.status == o.before.status && o.then_.slaDeadline == o.before.slaDeadline);
        assert(o.then_.escalationLevel == o.before.escalationLevel);
        if (input.kind == Call.SET_DEADLINE || input.kind == Call.PAUSE || input.kind == Call.RESUME) {
            assert(!o.succeeded);
        }
    }

    /// Rule 6. The level never falls, and never passes the maximum.
    function check_levelNeverFalls(Input memory input) public {
        Outcome memory o = _run(input);
        assert(o.then_.escalationLevel >= o.before.escalationLevel);
        assert(o.then_.escalationLevel <= MAX_LEVEL);
    }

    /// Rule 6. `checkAndEscalate` succeeds exactly when due (and the counter is not at its end), for anyone, with
    /// exactly the specified effect.
    function check_escalationIsExact(Input memory input) public {
        VM.assume(input.kind == Call.ESCALATE);
        Outcome memory o = _run(input);
        assert(o.succeeded == (_due(o.before, input.time) && o.before.eventCount < type(uint24).max));
        if (!o.succeeded) return;
        uint256 level = uint256(o.before.escalationLevel) + 1;
        if (level > MAX_LEVEL) level = MAX_LEVEL;
        uint256 next = level == MAX_LEVEL ? 0 : uint256(o.before.slaDeadline) + INTERVAL;
        if (next > type(uint40).max) next = type(uint40).max;
        assert(o.then_.escalationLevel == level && o.then_.slaDeadline == next);
        assert(o.then_.status == IComplaintRegistry.Status.OPEN);
    }

    /// Rule 6. A batch never reverts, but for a counter at its end.
    function check_batchNeverReverts(Input memory input) public {
        VM.assume(input.kind == Call.ESCALATE_BATCH);
        VM.assume(uint24(uint256(input.slot) >> 176) < type(uint24).max - 1);
        Outcome memory o = _run(input);
        assert(o.succeeded);
    }

    /// Rule 8. With the role, the next sequence and an open complaint that is not due, a deadline is accepted exactly
    /// when in range.
    function check_deadlineRangeIsExact(Input memory input) public {
        VM.assume(input.kind == Call.SET_DEADLINE && input.sender == MANAGER);
        Outcome memory o = _run(input);
        VM.assume(o.before.status == IComplaintRegistry.Status.OPEN && !_due(o.before, input.time));
        VM.assume(uint256(input.sequence) == uint256(o.before.eventCount) + 1);
        bool inRange = input.deadline > input.time && uint256(input.deadline) - input.time <= 3650 days;
        assert(o.succeeded == inRange);
        if (inRange) assert(o.then_.slaDeadline == input.deadline);
    }

    /// Roles. Who has none, and no signature of who has, changes nothing but by a due escalation.
    function check_strangersOnlyEscalate(Input memory input) public {
        VM.assume(input.sender != RECORDER && input.sender != MANAGER && input.kind != Call.LOG_SIGNED);
        Outcome memory o = _run(input);
        if (_same(o.before, o.then_)) return;
        assert(_isEscalation(input.kind));
        assert(_due(o.before, input.time));
    }

    /// Roles. A recorder never moves a deadline, a manager never logs or anchors.
    function check_rolesAreSeparate(Input memory input) public {
        Outcome memory o = _run(input);
        if (!o.succeeded) return;
        if (input.kind == Call.LOG || input.kind == Call.ANCHOR) assert(input.sender == RECORDER);
        if (input.kind == Call.SET_DEADLINE || input.kind == Call.PAUSE || input.kind == Call.RESUME) {
            assert(input.sender == MANAGER);
        }
    }

    /// Rule 9. A signed event lands for a recorder only, up to `validUntil`, with a low s that recovers to the actor
    /// from the EIP-712 digest of exactly its fields on this chain and contract.
    function check_signatureIsTheActors(Input memory input) public {
        VM.assume(input.kind == Call.LOG_SIGNED);
        Outcome memory o = _run(input);
        if (!o.succeeded) return;
        assert(input.actor == RECORDER && input.time <= input.validUntil);
        assert(uint256(input.s) <= HALF_ORDER);
        assert(ecrecover(_digest(input), input.v, input.r, input.s) == input.actor);
    }

    /// Spec 2.1. A call on one complaint leaves every other complaint's slot as it was.
    function check_otherComplaintsStay(Input memory input, bytes32 other, bytes32 otherValue) public {
        VM.assume(other != input.id);
        VM.store(address(registry), _slotOf(other), otherValue);
        _run(input);
        assert(VM.load(address(registry), _slotOf(other)) == otherValue);
    }

    /// Spec 2.1. No call but its own anchoring touches an evidence's slot, of this complaint or another.
    function check_otherEvidenceStays(Input memory input, bytes32 id, bytes32 evidence, bytes32 value) public {
        VM.assume(input.kind != Call.ANCHOR || id != input.id || evidence != input.data);
        VM.store(address(registry), _evidenceSlotOf(id, evidence), value);
        _run(input);
        assert(VM.load(address(registry), _evidenceSlotOf(id, evidence)) == value);
    }

    /// Spec 2.1. No call on a complaint touches who has which role, or the admin.
    function check_rolesStay(Input memory input, bytes32 role, address account) public {
        bool had = registry.hasRole(role, account);
        _run(input);
        assert(registry.hasRole(role, account) == had);
        assert(registry.defaultAdmin() == ADMIN);
        (address pending,) = registry.pendingDefaultAdmin();
        assert(pending == address(0));
    }

    /// Rule 7. What is anchored stays as it is, and is not anchored again.
    function check_anchorIsWrittenOnce(Input memory input, bytes32 evidence) public {
        VM.assume(input.kind == Call.ANCHOR);
        Outcome memory first = _run(input);
        VM.assume(first.succeeded);
        (uint40 timestamp, uint24 sequence) = registry.evidenceAnchor(input.id, input.data);
        assert(timestamp == input.time && sequence == first.then_.eventCount);
        if (evidence != input.data) {
            (uint40 noTime, uint24 noSequence) = registry.evidenceAnchor(input.id, evidence);
            assert(noTime == 0 && noSequence == 0);
        }
        VM.prank(RECORDER);
        try registry.anchorEvidence(input.id, input.data, sequence + 1) {
            assert(false);
        } catch {}
    }

    /// Spec 2.2. The new head is the specified hash of the old one and of what the call meant to write.
    function check_headIsTheLink(Input memory input) public {
        VM.assume(input.kind != Call.ESCALATE_BATCH);
        Outcome memory o = _run(input);
        if (!o.succeeded) return;
        bytes22 head = o.before.eventCount == 0
            ? bytes22(keccak256(abi.encode(block.chainid, address(registry))))
            : o.before.head;
        (uint8 eventType, bytes32 data) = _typeAndData(input, o);
        address actor = input.kind == Call.LOG_SIGNED ? input.actor : input.sender;
        bytes32 link =
            keccak256(abi.encode(head, input.id, o.then_.eventCount, eventType, actor, input.time, data));
        assert(o.then_.head == bytes22(link));
    }

    function _typeAndData(Input memory input, Outcome memory o) private pure returns (uint8, bytes32) {
        bytes32 clock = bytes32(uint256(o.then_.slaDeadline));
        if (input.kind == Call.LOG || input.kind == Call.LOG_SIGNED) return (input.eventType, input.data);
        if (input.kind == Call.ANCHOR) return (8, input.data);
        if (input.kind == Call.SET_DEADLINE) return (9, clock);
        if (input.kind == Call.PAUSE) return (10, clock);
        if (input.kind == Call.RESUME) return (11, clock);
        return (12, keccak256(abi.encode(o.then_.escalationLevel, o.before.slaDeadline, o.then_.slaDeadline)));
    }

    function _digest(Input memory input) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("ComplaintRegistry"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 typeHash = keccak256(
            "ComplaintEvent(bytes32 complaintId,uint8 eventType,bytes32 dataHash,uint24 sequence,address actor,uint40 validUntil)"
        );
        bytes32 content = keccak256(
            abi.encode(
                typeHash, input.id, input.eventType, input.data, input.sequence, input.actor, input.validUntil
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, content));
    }
}
