// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessControlDefaultAdminRules} from
    "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {IComplaintRegistry} from "./interfaces/IComplaintRegistry.sol";

/// @title ComplaintRegistry
/// @notice See `IComplaintRegistry`. Not upgradeable, not pausable, holds no ether.
contract ComplaintRegistry is IComplaintRegistry, AccessControlDefaultAdminRules, EIP712, Multicall {
    /// @inheritdoc IComplaintRegistry
    bytes32 public constant RECORDER_ROLE = keccak256("RECORDER_ROLE");

    /// @inheritdoc IComplaintRegistry
    bytes32 public constant SLA_MANAGER_ROLE = keccak256("SLA_MANAGER_ROLE");

    /// @inheritdoc IComplaintRegistry
    bytes32 public constant COMPLAINT_EVENT_TYPEHASH = keccak256(
        "ComplaintEvent(bytes32 complaintId,uint8 eventType,bytes32 dataHash,uint24 sequence,address actor,uint40 validUntil)"
    );

    /// @inheritdoc IComplaintRegistry
    uint40 public constant MAX_SLA_DURATION = 3650 days;

    /// @inheritdoc IComplaintRegistry
    uint40 public constant MAX_ESCALATION_INTERVAL = 365 days;

    /// @inheritdoc IComplaintRegistry
    bytes22 public immutable GENESIS;

    /// @inheritdoc IComplaintRegistry
    uint40 public immutable escalationInterval;

    /// @inheritdoc IComplaintRegistry
    uint8 public immutable maxEscalationLevel;

    mapping(bytes32 complaintId => Complaint) private _complaints;

    mapping(bytes32 complaintId => mapping(bytes32 evidenceHash => EvidenceAnchor)) private _evidence;

    /// @param admin Default admin: grants and revokes the roles, and can do nothing else.
    /// @param adminTransferDelay Seconds that a transfer of the admin must wait (EIP-5313, two steps).
    /// @param recorders Accounts that get `RECORDER_ROLE`.
    /// @param slaManagers Accounts that get `SLA_MANAGER_ROLE`.
    /// @param escalationInterval_ Seconds, 1 to `MAX_ESCALATION_INTERVAL`.
    /// @param maxEscalationLevel_ At least 1.
    constructor(
        address admin,
        uint48 adminTransferDelay,
        address[] memory recorders,
        address[] memory slaManagers,
        uint40 escalationInterval_,
        uint8 maxEscalationLevel_
    ) AccessControlDefaultAdminRules(adminTransferDelay, _nonZero(admin)) EIP712("ComplaintRegistry", "1") {
        if (escalationInterval_ == 0 || escalationInterval_ > MAX_ESCALATION_INTERVAL || maxEscalationLevel_ == 0) {
            revert InvalidParameter();
        }
        GENESIS = bytes22(keccak256(abi.encode(block.chainid, address(this))));
        escalationInterval = escalationInterval_;
        maxEscalationLevel = maxEscalationLevel_;
        for (uint256 i = 0; i < recorders.length; ++i) {
            _grantRole(RECORDER_ROLE, _nonZero(recorders[i]));
        }
        for (uint256 i = 0; i < slaManagers.length; ++i) {
            _grantRole(SLA_MANAGER_ROLE, _nonZero(slaManagers[i]));
        }
    }

    /// @inheritdoc IComplaintRegistry
    function logComplaintEvent(bytes32 complaintId, EventType eventType, bytes32 dataHash, uint24 sequence)
        external
        onlyRole(RECORDER_ROLE)
    {
        _log(complaintId, eventType, dataHash, sequence, _msgSender());
    }

    /// @inheritdoc IComplaintRegistry
    function logComplaintEventWithSignature(
        bytes32 complaintId,
        EventType eventType,
        bytes32 dataHash,
        uint24 sequence,
        address actor,
        uint40 validUntil,
        bytes calldata signature
    ) external {
        _checkRole(RECORDER_ROLE, actor);
        if (block.timestamp > validUntil) revert SignatureExpired(validUntil);
        bytes32 digest = _hashTypedDataV4(
            keccak256(
                abi.encode(COMPLAINT_EVENT_TYPEHASH, complaintId, eventType, dataHash, sequence, actor, validUntil)
            )
        );
        if (!SignatureChecker.isValidSignatureNowCalldata(actor, digest, signature)) revert InvalidSignature(actor);
        _log(complaintId, eventType, dataHash, sequence, actor);
    }

    /// @inheritdoc IComplaintRegistry
    function anchorEvidence(bytes32 complaintId, bytes32 evidenceHash, uint24 sequence)
        external
        onlyRole(RECORDER_ROLE)
    {
        Complaint storage complaint = _next(complaintId, sequence);
        Status status = complaint.status;
        if (status == Status.NONE || status == Status.CLOSED) {
            revert InvalidTransition(complaintId, status, EventType.EVIDENCE_ANCHORED);
        }
        EvidenceAnchor storage anchor = _evidence[complaintId][evidenceHash];
        if (anchor.sequence != 0) revert EvidenceAlreadyAnchored(complaintId, evidenceHash);

        address actor = _msgSender();
        uint40 timestamp = _now();
        (anchor.timestamp, anchor.sequence) = (timestamp, sequence);
        _append(complaintId, complaint, sequence, EventType.EVIDENCE_ANCHORED, actor, evidenceHash);
        emit EvidenceAnchored(complaintId, evidenceHash, actor, sequence, timestamp);
    }

    /// @inheritdoc IComplaintRegistry
    function setSLADeadline(bytes32 complaintId, uint40 deadline, uint24 sequence)
        external
        onlyRole(SLA_MANAGER_ROLE)
    {
        Complaint storage complaint = _next(complaintId, sequence);
        if (complaint.status != Status.OPEN) {
            revert InvalidTransition(complaintId, complaint.status, EventType.SLA_DEADLINE_SET);
        }
        _requireNoUnrecordedBreach(complaintId, complaint);
        if (deadline <= block.timestamp || deadline > block.timestamp + MAX_SLA_DURATION) {
            revert DeadlineOutOfRange(complaintId, deadline);
        }

        address actor = _msgSender();
        _append(complaintId, complaint, sequence, EventType.SLA_DEADLINE_SET, actor, bytes32(uint256(deadline)));
        complaint.slaDeadline = deadline;
        emit SLADeadlineSet(complaintId, actor, sequence, _now(), deadline);
    }

    /// @inheritdoc IComplaintRegistry
    function pauseSLA(bytes32 complaintId, uint24 sequence) external onlyRole(SLA_MANAGER_ROLE) {
        Complaint storage complaint = _next(complaintId, sequence);
        if (complaint.status != Status.OPEN || complaint.slaDeadline == 0) {
            revert InvalidTransition(complaintId, complaint.status, EventType.SLA_PAUSED);
        }
        _requireNoUnrecordedBreach(complaintId, complaint);

        address actor = _msgSender();
        uint40 remaining = _remaining(complaint.slaDeadline);
        _append(complaintId, complaint, sequence, EventType.SLA_PAUSED, actor, bytes32(uint256(remaining)));
        complaint.slaDeadline = remaining;
        complaint.status = Status.ON_HOLD;
        emit SLAPaused(complaintId, actor, sequence, _now(), remaining);
    }

    /// @inheritdoc IComplaintRegistry
    function resumeSLA(bytes32 complaintId, uint24 sequence) external onlyRole(SLA_MANAGER_ROLE) {
        Complaint storage complaint = _next(complaintId, sequence);
        if (complaint.status != Status.ON_HOLD) {
            revert InvalidTransition(complaintId, complaint.status, EventType.SLA_RESUMED);
        }

        address actor = _msgSender();
        uint40 deadline = _after(_now(), complaint.slaDeadline);
        _append(complaintId, complaint, sequence, EventType.SLA_RESUMED, actor, bytes32(uint256(deadline)));
        complaint.slaDeadline = deadline;
        complaint.status = Status.OPEN;
        emit SLAResumed(complaintId, actor, sequence, _now(), deadline);
    }

    /// @inheritdoc IComplaintRegistry
    function checkAndEscalate(bytes32 complaintId) external returns (uint8 level) {
        Complaint storage complaint = _complaints[complaintId];
        if (!_isDue(complaint)) revert SLANotBreached(complaintId, complaint.slaDeadline);
        return _escalate(complaintId, complaint);
    }

    /// @inheritdoc IComplaintRegistry
    function batchCheckAndEscalate(bytes32[] calldata complaintIds) external returns (uint256 escalated) {
        for (uint256 i = 0; i < complaintIds.length; ++i) {
            Complaint storage complaint = _complaints[complaintIds[i]];
            if (_isDue(complaint)) {
                _escalate(complaintIds[i], complaint);
                ++escalated;
            }
        }
    }

    /// @inheritdoc IComplaintRegistry
    function getComplaint(bytes32 complaintId) external view returns (Complaint memory complaint) {
        complaint = _complaints[complaintId];
        if (complaint.eventCount == 0) complaint.head = GENESIS;
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
    function isEscalatable(bytes32 complaintId) external view returns (bool) {
        return _isDue(_complaints[complaintId]);
    }

    /// @inheritdoc IComplaintRegistry
    function escalatable(bytes32[] calldata complaintIds) external view returns (bool[] memory due) {
        due = new bool[](complaintIds.length);
        for (uint256 i = 0; i < complaintIds.length; ++i) {
            due[i] = _isDue(_complaints[complaintIds[i]]);
        }
    }

    /// @inheritdoc IComplaintRegistry
    function version() external pure returns (string memory) {
        return "1.0.0";
    }

    /// @inheritdoc IComplaintRegistry
    function linkHash(
        bytes22 head,
        bytes32 complaintId,
        uint24 sequence,
        EventType eventType,
        address actor,
        uint40 timestamp,
        bytes32 dataHash
    ) public pure returns (bytes22) {
        return bytes22(keccak256(abi.encode(head, complaintId, sequence, eventType, actor, timestamp, dataHash)));
    }

    /// @inheritdoc AccessControlDefaultAdminRules
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IComplaintRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev The caller has checked that `actor` may write.
    function _log(bytes32 complaintId, EventType eventType, bytes32 dataHash, uint24 sequence, address actor)
        private
    {
        Complaint storage complaint = _next(complaintId, sequence);
        Status from = complaint.status;
        Status to = _transition(complaintId, from, eventType);
        if (from == Status.OPEN && to != Status.OPEN) _requireNoUnrecordedBreach(complaintId, complaint);

        _append(complaintId, complaint, sequence, eventType, actor, dataHash);
        if (from != to) {
            complaint.status = to;
            uint40 clock = complaint.slaDeadline;
            if (clock != 0) {
                if (from == Status.OPEN) complaint.slaDeadline = _remaining(clock);
                else if (to == Status.OPEN) complaint.slaDeadline = _after(_now(), clock);
            }
        }
        emit ComplaintEventLogged(complaintId, eventType, actor, sequence, _now(), dataHash);
    }

    /// @dev The caller has checked that the complaint is due.
    function _escalate(bytes32 complaintId, Complaint storage complaint) private returns (uint8 level) {
        uint40 missedDeadline = complaint.slaDeadline;
        uint40 nextDeadline = 0;
        level = complaint.escalationLevel;
        if (level < maxEscalationLevel) ++level;
        // From the missed deadline, not from now: the level depends on the time that passed, not on who looked when.
        if (level < maxEscalationLevel) nextDeadline = _after(missedDeadline, escalationInterval);

        address actor = _msgSender();
        bytes32 dataHash = keccak256(abi.encode(level, missedDeadline, nextDeadline));
        uint24 sequence = complaint.eventCount + 1;
        _append(complaintId, complaint, sequence, EventType.ESCALATED, actor, dataHash);
        complaint.escalationLevel = level;
        complaint.slaDeadline = nextDeadline;
        emit ComplaintEscalated(
            complaintId, actor, sequence, _now(), level, missedDeadline, nextDeadline
        );
    }

    /// @dev Appends the one link of this state change. Callers set the complaint's other fields right after it and read
    /// nothing in between, so that the compiler joins as many of the writes to its one slot as it can.
    function _append(
        bytes32 complaintId,
        Complaint storage complaint,
        uint24 sequence,
        EventType eventType,
        address actor,
        bytes32 dataHash
    ) private {
        bytes22 head = sequence == 1 ? GENESIS : complaint.head;
        complaint.head = linkHash(head, complaintId, sequence, eventType, actor, _now(), dataHash);
        complaint.eventCount = sequence;
    }

    /// @dev The complaint, if `sequence` is that of its next link.
    function _next(bytes32 complaintId, uint24 sequence) private view returns (Complaint storage complaint) {
        complaint = _complaints[complaintId];
        uint24 expected = complaint.eventCount + 1;
        if (sequence != expected) revert StaleSequence(complaintId, expected, sequence);
    }

    function _isDue(Complaint storage complaint) private view returns (bool) {
        return complaint.status == Status.OPEN && complaint.slaDeadline != 0
            && block.timestamp > complaint.slaDeadline;
    }

    function _requireNoUnrecordedBreach(bytes32 complaintId, Complaint storage complaint) private view {
        if (_isDue(complaint)) revert SLABreachUnrecorded(complaintId, complaint.slaDeadline);
    }

    /// @dev Seconds left on a running clock that is not due; at least 1, since 0 means that there was no deadline.
    function _remaining(uint40 deadline) private view returns (uint40) {
        return deadline > _now() ? deadline - _now() : 1;
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }

    /// @dev The status after a logged event. Reverts with `InvalidTransition` if `from` does not allow it.
    function _transition(bytes32 complaintId, Status from, EventType eventType) private pure returns (Status to) {
        bool unresolved = from == Status.OPEN || from == Status.ON_HOLD;
        if (eventType == EventType.CREATED) {
            if (from == Status.NONE) return Status.OPEN;
        } else if (eventType == EventType.ASSIGNED || eventType == EventType.STATUS_UPDATED) {
            if (unresolved) return from;
        } else if (eventType == EventType.COMMENTED) {
            if (unresolved || from == Status.RESOLVED) return from;
        } else if (eventType == EventType.RESOLVED || eventType == EventType.REJECTED) {
            if (unresolved) return Status.RESOLVED;
        } else if (eventType == EventType.CLOSED) {
            if (unresolved || from == Status.RESOLVED) return Status.CLOSED;
        } else if (eventType == EventType.REOPENED) {
            if (from == Status.RESOLVED || from == Status.CLOSED) return Status.OPEN;
        }
        revert InvalidTransition(complaintId, from, eventType);
    }

    /// @dev `start + duration`, saturating: arithmetic on time never blocks a complaint.
    function _after(uint40 start, uint40 duration) private pure returns (uint40) {
        uint256 end = uint256(start) + duration;
        return end > type(uint40).max ? type(uint40).max : uint40(end);
    }

    function _nonZero(address account) private pure returns (address) {
        if (account == address(0)) revert InvalidParameter();
        return account;
    }
}
