// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../interfaces/IComplaintRegistry.sol";
import {PackedComplaint} from "../libraries/PackedComplaint.sol";

/// @title ComplaintChain
/// @notice The chain of each complaint: what a link needs and what it does, whoever writes it.
/// @dev Knows no roles and no signatures: what is open to anyone is external here, all else is internal.
abstract contract ComplaintChain is IComplaintRegistry {
    struct EvidenceAnchor {
        uint40 timestamp;
        uint24 sequence;
    }

    struct Filings {
        bytes27 chain;
        uint40 count;
    }

    /// @inheritdoc IComplaintRegistry
    uint32 public constant MAX_SLA_DURATION = 3650 days;

    /// @inheritdoc IComplaintRegistry
    uint32 public constant MAX_ESCALATION_INTERVAL = 365 days;

    /// @inheritdoc IComplaintRegistry
    uint8 public constant MAX_ESCALATION_LEVEL = 32;

    /// @dev A recorder's link at this nonce is refused, which leaves room in `eventCount` for 255 escalations and 255
    /// objections: nothing can make the count overflow.
    uint24 private constant NONCE_END = type(uint24).max - 2 * uint24(type(uint8).max);

    /// @dev Where arithmetic on deadlines saturates. Such a deadline is never due, also after 2106.
    uint32 private constant NEVER = type(uint32).max;

    /// @inheritdoc IComplaintRegistry
    bytes22 public immutable GENESIS;

    /// @inheritdoc IComplaintRegistry
    uint32 public immutable defaultSLA;

    /// @inheritdoc IComplaintRegistry
    uint32 public immutable escalationInterval;

    /// @inheritdoc IComplaintRegistry
    uint8 public immutable maxEscalationLevel;

    mapping(bytes32 complaintId => PackedComplaint) private _complaints;

    mapping(bytes32 complaintId => mapping(bytes32 evidenceHash => EvidenceAnchor)) private _evidence;

    Filings private _filings;

    constructor(uint32 defaultSLA_, uint32 escalationInterval_, uint8 maxEscalationLevel_) {
        if (
            defaultSLA_ > MAX_SLA_DURATION || escalationInterval_ == 0 || escalationInterval_ > MAX_ESCALATION_INTERVAL
                || maxEscalationLevel_ == 0 || maxEscalationLevel_ > MAX_ESCALATION_LEVEL
        ) revert InvalidParameter();
        // In block 0, where a node without blocks estimates, there is no block before.
        bytes32 parent = block.number == 0 ? bytes32(0) : blockhash(block.number - 1);
        GENESIS = bytes22(keccak256(abi.encode(block.chainid, address(this), parent)));
        defaultSLA = defaultSLA_;
        escalationInterval = escalationInterval_;
        maxEscalationLevel = maxEscalationLevel_;
    }

    /// @inheritdoc IComplaintRegistry
    function checkAndEscalate(bytes32 complaintId) external returns (uint8 level) {
        PackedComplaint complaint = _complaints[complaintId];
        if (!_isDue(complaint)) revert SLANotBreached(complaintId, complaint.slaDeadline());
        complaint = _appendBreaches(complaintId, complaint);
        _complaints[complaintId] = complaint;
        return _level(complaint);
    }

    /// @inheritdoc IComplaintRegistry
    function batchCheckAndEscalate(bytes32[] calldata complaintIds) external returns (uint256 escalations) {
        for (uint256 i = 0; i < complaintIds.length; ++i) {
            PackedComplaint before = _complaints[complaintIds[i]];
            if (!_isDue(before)) continue;
            PackedComplaint complaint = _appendBreaches(complaintIds[i], before);
            _complaints[complaintIds[i]] = complaint;
            escalations += complaint.escalations() - before.escalations();
        }
    }

    /// @inheritdoc IComplaintRegistry
    function getComplaint(bytes32 complaintId) external view returns (Complaint memory) {
        return _getComplaint(complaintId);
    }

    /// @inheritdoc IComplaintRegistry
    function getComplaints(bytes32[] calldata complaintIds) external view returns (Complaint[] memory complaints) {
        complaints = new Complaint[](complaintIds.length);
        for (uint256 i = 0; i < complaintIds.length; ++i) {
            complaints[i] = _getComplaint(complaintIds[i]);
        }
    }

    /// @inheritdoc IComplaintRegistry
    function nonce(bytes32 complaintId) external view returns (uint24) {
        return _complaints[complaintId].nonce();
    }

    /// @inheritdoc IComplaintRegistry
    function evidenceAnchor(bytes32 complaintId, bytes32 evidenceHash)
        external
        view
        returns (uint40 timestamp, uint24 sequence)
    {
        EvidenceAnchor storage anchor = _evidence[complaintId][evidenceHash];
        return (anchor.timestamp, anchor.sequence);
    }

    /// @inheritdoc IComplaintRegistry
    function escalatable(bytes32[] calldata complaintIds) external view returns (bool[] memory due) {
        due = new bool[](complaintIds.length);
        for (uint256 i = 0; i < complaintIds.length; ++i) {
            due[i] = _isDue(_complaints[complaintIds[i]]);
        }
    }

    /// @inheritdoc IComplaintRegistry
    function registry() external view returns (bytes27 chain, uint40 count) {
        return (_filings.chain, _filings.count);
    }

    /// @inheritdoc IComplaintRegistry
    function linkHash(
        bytes22 head,
        bytes32 complaintId,
        uint24 sequence,
        EventType eventType,
        address actor,
        uint40 timestamp,
        bytes32 data
    ) public pure returns (bytes22) {
        return bytes22(keccak256(abi.encode(head, complaintId, sequence, eventType, actor, timestamp, data)));
    }

    /// @dev Records one entry, or changes nothing and returns the selector of the error that stands against it. The caller
    /// has checked the type and that `actor` has its role.
    function _record(bytes32 complaintId, EventType eventType, bytes32 data, uint24 nonce_, address actor)
        internal
        returns (bytes4 refusal)
    {
        PackedComplaint complaint = _complaints[complaintId];
        if (nonce_ != complaint.nonce()) return StaleNonce.selector;
        Status from = complaint.status();
        Status to = _transition(from, eventType);
        if (to == Status.NONE || nonce_ == NONCE_END) return InvalidTransition.selector;
        if (eventType == EventType.EVIDENCE_ANCHORED) {
            EvidenceAnchor storage anchor = _evidence[complaintId][data];
            if (anchor.sequence != 0) return EvidenceAlreadyAnchored.selector;
            complaint = _appendBreaches(complaintId, complaint);
            (anchor.timestamp, anchor.sequence) = (_now(), complaint.eventCount() + 1);
        } else if (eventType == EventType.SLA_DEADLINE_SET) {
            if (!_maySetDeadline(complaint, uint256(data))) return DeadlineOutOfRange.selector;
            complaint = _appendBreaches(complaintId, complaint).withDeadline(uint32(uint256(data)));
        } else if (from == to) {
            complaint = _appendBreaches(complaintId, complaint);
        } else {
            bool isHold = eventType == EventType.SLA_PAUSED || eventType == EventType.SLA_RESUMED;
            if (isHold && data != 0) return InvalidParameter.selector;
            if (from == Status.NONE) complaint = _countFiling(complaintId);
            complaint = _moveTo(to, _appendBreaches(complaintId, complaint));
            if (isHold) data = bytes32(uint256(complaint.slaDeadline()));
        }
        _complaints[complaintId] = _append(complaintId, complaint, eventType, actor, data);
    }

    /// @dev The complaint in its new status: a clock that ran stops, or one that stood starts.
    function _moveTo(Status to, PackedComplaint complaint) private view returns (PackedComplaint) {
        uint32 clock = complaint.slaDeadline();
        if (clock != 0) {
            if (complaint.status() == Status.OPEN) clock = _secondsLeft(clock, block.timestamp);
            else if (to == Status.OPEN) clock = _deadlineAfter(block.timestamp, clock);
        }
        return complaint.withStatus(to).withDeadline(clock);
    }

    /// @dev The complaint after one link for each missed deadline; the caller stores it.
    function _appendBreaches(bytes32 complaintId, PackedComplaint complaint) private returns (PackedComplaint) {
        while (_isDue(complaint)) {
            uint32 missed = complaint.slaDeadline();
            complaint = complaint.plusEscalation();
            uint256 level = _level(complaint);
            // From the missed deadline, not from now: the level depends on the time that passed, not on who looked when.
            uint32 next = level < maxEscalationLevel ? _deadlineAfter(missed, escalationInterval) : 0;
            bytes32 data = bytes32(level << 64 | uint256(missed) << 32 | next);
            complaint = _append(complaintId, complaint.withDeadline(next), EventType.ESCALATED, msg.sender, data);
        }
        return complaint;
    }

    /// @dev The complaint after one link more; the caller stores it.
    function _append(bytes32 complaintId, PackedComplaint complaint, EventType eventType, address actor, bytes32 data)
        private
        returns (PackedComplaint)
    {
        bytes22 head = complaint.head();
        complaint = complaint.plusLink();
        uint24 sequence = complaint.eventCount();
        emit LinkAppended(complaintId, eventType, actor, sequence, _now(), data);
        return complaint.withHead(linkHash(head, complaintId, sequence, eventType, actor, _now(), data));
    }

    /// @dev The complaint before its first link, with the seconds that its clock will start with.
    function _countFiling(bytes32 complaintId) private returns (PackedComplaint complaint) {
        bytes27 chain = bytes27(keccak256(abi.encode(_filings.chain, complaintId)));
        (_filings.chain, _filings.count) = (chain, _filings.count + 1);
        return complaint.withHead(GENESIS).withDeadline(defaultSLA);
    }

    /// @dev Records an objection. The caller has checked that the complainant signed it.
    function _object(bytes32 complaintId, address complainant, bytes32 data, uint8 number) internal {
        PackedComplaint complaint = _complaints[complaintId];
        Status status = complaint.status();
        uint8 objections = complaint.objections();
        if (status != Status.NONE && number != objections) revert StaleNonce(complaintId, objections, number);
        if (status == Status.NONE || number == type(uint8).max) {
            revert InvalidTransition(complaintId, status, EventType.OBJECTED);
        }
        complaint = _appendBreaches(complaintId, complaint).plusObjection();
        _complaints[complaintId] = _append(complaintId, complaint, EventType.OBJECTED, complainant, data);
    }

    /// @dev Reverts with the error that `_record` refused with.
    function _refuse(bytes4 refusal, bytes32 complaintId, EventType eventType, bytes32 data, uint24 nonce_)
        internal
        view
    {
        PackedComplaint complaint = _complaints[complaintId];
        if (refusal == StaleNonce.selector) revert StaleNonce(complaintId, complaint.nonce(), nonce_);
        if (refusal == InvalidTransition.selector) {
            revert InvalidTransition(complaintId, complaint.status(), eventType);
        }
        if (refusal == EvidenceAlreadyAnchored.selector) revert EvidenceAlreadyAnchored(complaintId, data);
        if (refusal == DeadlineOutOfRange.selector) revert DeadlineOutOfRange(complaintId, uint256(data));
        revert InvalidParameter();
    }

    /// @dev Before any missed deadline is recorded.
    function _checkHead(bytes32 complaintId, bytes22 head) internal view {
        bytes22 expected = _headOf(_complaints[complaintId]);
        if (head != expected) revert StaleHead(complaintId, expected, head);
    }

    function _getComplaint(bytes32 complaintId) private view returns (Complaint memory complaint) {
        complaint = _complaints[complaintId].unpack();
        complaint.head = _headOf(_complaints[complaintId]);
    }

    function _headOf(PackedComplaint complaint) private view returns (bytes22) {
        return complaint.eventCount() == 0 ? GENESIS : complaint.head();
    }

    /// @dev In range, and not after the 255th miss. At that level one deadline at most is missed unrecorded.
    function _maySetDeadline(PackedComplaint complaint, uint256 deadline) private view returns (bool) {
        uint256 misses = complaint.escalations();
        if (_isDue(complaint)) ++misses;
        return
            misses < type(uint8).max && deadline != 0 && deadline < NEVER
                && deadline <= block.timestamp + MAX_SLA_DURATION;
    }

    function _isDue(PackedComplaint complaint) private view returns (bool) {
        uint32 deadline = complaint.slaDeadline();
        return block.timestamp > deadline && deadline != 0 && deadline != NEVER && complaint.status() == Status.OPEN;
    }

    function _level(PackedComplaint complaint) private view returns (uint8) {
        uint8 escalations = complaint.escalations();
        return escalations < maxEscalationLevel ? escalations : maxEscalationLevel;
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }

    /// @dev The status after a link of an entry; `NONE` if `from` does not allow it.
    function _transition(Status from, EventType eventType) private pure returns (Status to) {
        if (eventType == EventType.CREATED) {
            if (from == Status.NONE) return Status.OPEN;
        } else if (eventType <= EventType.STATUS_UPDATED) {
            if (_isUnresolved(from)) return from;
        } else if (eventType == EventType.COMMENTED || eventType == EventType.EVIDENCE_ANCHORED) {
            if (_isUnresolved(from) || from == Status.RESOLVED) return from;
        } else if (eventType <= EventType.REJECTED) {
            if (_isUnresolved(from)) return Status.RESOLVED;
        } else if (eventType == EventType.CLOSED) {
            if (_isUnresolved(from) || from == Status.RESOLVED) {
                return Status.CLOSED;
            }
        } else if (eventType == EventType.REOPENED) {
            if (from == Status.RESOLVED || from == Status.CLOSED) {
                return Status.OPEN;
            }
        } else if (eventType == EventType.SLA_DEADLINE_SET) {
            if (from == Status.OPEN) return from;
        } else if (eventType == EventType.SLA_PAUSED) {
            if (from == Status.OPEN) return Status.ON_HOLD;
        } else if (eventType == EventType.SLA_RESUMED) {
            if (from == Status.ON_HOLD) return Status.OPEN;
        } else if (eventType >= EventType.ERASED) {
            return from;
        }
        return Status.NONE;
    }

    /// @dev `start + duration`, saturating: arithmetic on time never blocks a complaint.
    function _deadlineAfter(uint256 start, uint32 duration) private pure returns (uint32) {
        uint256 end = start + duration;
        return end < NEVER ? uint32(end) : NEVER;
    }

    /// @dev Seconds left on a running clock that is not due; at least 1, since 0 means that there was no deadline.
    function _secondsLeft(uint32 deadline, uint256 time) private pure returns (uint32) {
        return deadline > time ? uint32(deadline - time) : 1;
    }

    function _isUnresolved(Status status) private pure returns (bool) {
        return status == Status.OPEN || status == Status.ON_HOLD;
    }
}
