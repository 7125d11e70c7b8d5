// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IComplaintRegistry
/// @notice Tamper-evident complaint handling: every step of a complaint is one link of a hash chain whose head the
/// registry keeps. Only commitments, enums, numbers and addresses are on chain; no personal data, no plaintext.
/// @dev A link is `bytes22(keccak256(abi.encode(head, complaintId, sequence, eventType, actor, timestamp, dataHash)))`.
/// Every event carries all that is needed to recompute its link, so a list of events can be checked against
/// `getComplaint(complaintId).head` whoever supplies it.
interface IComplaintRegistry {
    /// @notice Where a complaint stands. Never renumbered.
    /// @dev `NONE` is the default of an unknown complaint; the SLA clock runs in `OPEN` only.
    enum Status {
        NONE,
        OPEN,
        ON_HOLD,
        RESOLVED,
        CLOSED
    }

    /// @notice What a link records. Never renumbered: the number is hashed into the chain.
    /// @dev 0 to 7 are written by `logComplaintEvent`, the others by the function that has the effect.
    enum EventType {
        CREATED,
        ASSIGNED,
        STATUS_UPDATED,
        COMMENTED,
        RESOLVED,
        REJECTED,
        CLOSED,
        REOPENED,
        EVIDENCE_ANCHORED,
        SLA_DEADLINE_SET,
        SLA_PAUSED,
        SLA_RESUMED,
        ESCALATED
    }

    /// @notice The state of one complaint: exactly one storage slot.
    /// @param head Last link of the complaint's chain, truncated to 176 bits. `GENESIS` stands before the first link.
    /// @param eventCount Number of links; the next one has sequence `eventCount + 1`.
    /// @param slaDeadline While `OPEN`, the deadline (Unix seconds, 0: none); in any other status, the seconds that
    /// remain on the stopped clock (0: there was no deadline).
    /// @param status Where the complaint stands.
    /// @param escalationLevel Number of breaches on record, up to `maxEscalationLevel`. Never falls.
    struct Complaint {
        bytes22 head;
        uint24 eventCount;
        uint40 slaDeadline;
        Status status;
        uint8 escalationLevel;
    }

    /// @notice When, and as which link, an evidence hash was anchored. Zeros: never.
    struct EvidenceAnchor {
        uint40 timestamp;
        uint24 sequence;
    }

    /// @notice A constructor parameter is out of range, or an address is zero.
    error InvalidParameter();

    /// @notice The writer meant to write another link than the next one. Sent twice, a write lands once.
    error StaleSequence(bytes32 complaintId, uint24 expected, uint24 given);

    /// @notice The complaint's status (or its lack of a deadline) does not allow this link.
    error InvalidTransition(bytes32 complaintId, Status status, EventType eventType);

    /// @notice A breach that is not on record yet stands in the way: escalate first (one multicall can do both).
    error SLABreachUnrecorded(bytes32 complaintId, uint40 deadline);

    /// @notice Nothing to escalate: not open, no deadline, or the deadline is not over.
    error SLANotBreached(bytes32 complaintId, uint40 deadline);

    /// @notice A deadline must lie after the block's time, by at most `MAX_SLA_DURATION`.
    error DeadlineOutOfRange(bytes32 complaintId, uint40 deadline);

    /// @notice This hash is already anchored for this complaint.
    error EvidenceAlreadyAnchored(bytes32 complaintId, bytes32 evidenceHash);

    /// @notice The signed event was valid up to and including `validUntil` (Unix seconds).
    error SignatureExpired(uint40 validUntil);

    /// @notice The signature is not `actor`'s for exactly this event on this contract and chain.
    error InvalidSignature(address actor);

    /// @notice A link of type `CREATED` to `REOPENED` was appended.
    /// @param dataHash Salted commitment to the off-chain payload.
    event ComplaintEventLogged(
        bytes32 indexed complaintId,
        EventType indexed eventType,
        address indexed actor,
        uint24 sequence,
        uint40 timestamp,
        bytes32 dataHash
    );

    /// @notice A link of type `EVIDENCE_ANCHORED` was appended; its `dataHash` is `evidenceHash`.
    event EvidenceAnchored(
        bytes32 indexed complaintId,
        bytes32 indexed evidenceHash,
        address indexed actor,
        uint24 sequence,
        uint40 timestamp
    );

    /// @notice A link of type `SLA_DEADLINE_SET` was appended; its `dataHash` is `bytes32(uint256(deadline))`.
    event SLADeadlineSet(
        bytes32 indexed complaintId, address indexed actor, uint24 sequence, uint40 timestamp, uint40 deadline
    );

    /// @notice A link of type `SLA_PAUSED` was appended; its `dataHash` is `bytes32(uint256(remaining))`.
    /// @param remaining Seconds left on the stopped clock, at least 1.
    event SLAPaused(
        bytes32 indexed complaintId, address indexed actor, uint24 sequence, uint40 timestamp, uint40 remaining
    );

    /// @notice A link of type `SLA_RESUMED` was appended; its `dataHash` is `bytes32(uint256(deadline))`.
    event SLAResumed(
        bytes32 indexed complaintId, address indexed actor, uint24 sequence, uint40 timestamp, uint40 deadline
    );

    /// @notice A link of type `ESCALATED` was appended; its `dataHash` is
    /// `keccak256(abi.encode(level, missedDeadline, nextDeadline))`.
    /// @param nextDeadline `missedDeadline + escalationInterval`, or 0 at the highest level.
    event ComplaintEscalated(
        bytes32 indexed complaintId,
        address indexed actor,
        uint24 sequence,
        uint40 timestamp,
        uint8 level,
        uint40 missedDeadline,
        uint40 nextDeadline
    );

    /// @notice Appends a link of type `CREATED` to `REOPENED` (0 to 7).
    /// @dev Needs `RECORDER_ROLE`. Checks, in order: role, sequence, transition, unrecorded breach.
    /// @param dataHash Salted commitment to the off-chain payload.
    /// @param sequence The sequence that this link is meant to have.
    function logComplaintEvent(bytes32 complaintId, EventType eventType, bytes32 dataHash, uint24 sequence) external;

    /// @notice As `logComplaintEvent`, for an `actor` with `RECORDER_ROLE` who signed it (EIP-712, or ERC-1271 for a
    /// contract). The actor is on record, the sender only pays.
    /// @param validUntil Last second (Unix time) at which the signature is valid.
    function logComplaintEventWithSignature(
        bytes32 complaintId,
        EventType eventType,
        bytes32 dataHash,
        uint24 sequence,
        address actor,
        uint40 validUntil,
        bytes calldata signature
    ) external;

    /// @notice Anchors an evidence hash, once for a complaint.
    /// @dev Needs `RECORDER_ROLE`. `OPEN`, `ON_HOLD` or `RESOLVED`.
    function anchorEvidence(bytes32 complaintId, bytes32 evidenceHash, uint24 sequence) external;

    /// @notice Sets or moves the deadline of an open complaint.
    /// @dev Needs `SLA_MANAGER_ROLE`.
    /// @param deadline Unix seconds; after the block's time, by at most `MAX_SLA_DURATION`.
    function setSLADeadline(bytes32 complaintId, uint40 deadline, uint24 sequence) external;

    /// @notice Stops the clock of an open complaint that has a deadline, keeping the seconds that remain.
    /// @dev Needs `SLA_MANAGER_ROLE`.
    function pauseSLA(bytes32 complaintId, uint24 sequence) external;

    /// @notice Restarts the clock of a complaint on hold with the seconds that remained.
    /// @dev Needs `SLA_MANAGER_ROLE`.
    function resumeSLA(bytes32 complaintId, uint24 sequence) external;

    /// @notice Puts a breach on record and raises the level by one. Open to anyone.
    /// @return level The level after it.
    function checkAndEscalate(bytes32 complaintId) external returns (uint8 level);

    /// @notice As `checkAndEscalate` for each id in turn; skips what is not due or not known. An id given several times
    /// records several missed levels.
    /// @return escalated How many breaches were put on record.
    function batchCheckAndEscalate(bytes32[] calldata complaintIds) external returns (uint256 escalated);

    /// @notice The complaint's state; all zeros but `head == GENESIS` for an unknown one.
    function getComplaint(bytes32 complaintId) external view returns (Complaint memory);

    /// @notice When, and as which link, `evidenceHash` was anchored for the complaint; zeros if never.
    function evidenceAnchor(bytes32 complaintId, bytes32 evidenceHash)
        external
        view
        returns (uint40 timestamp, uint24 sequence);

    /// @notice Whether `checkAndEscalate` would succeed in a block of this time.
    function isEscalatable(bytes32 complaintId) external view returns (bool);

    /// @notice `isEscalatable` for each id.
    function escalatable(bytes32[] calldata complaintIds) external view returns (bool[] memory);

    /// @notice The link function of the hash chain, for verifiers.
    function linkHash(
        bytes22 head,
        bytes32 complaintId,
        uint24 sequence,
        EventType eventType,
        address actor,
        uint40 timestamp,
        bytes32 dataHash
    ) external pure returns (bytes22);

    /// @notice Semantic version of the contract.
    function version() external pure returns (string memory);

    /// @notice The head before the first link: `bytes22(keccak256(abi.encode(block.chainid, address(this))))`.
    function GENESIS() external view returns (bytes22);

    /// @notice May log events and anchor evidence.
    function RECORDER_ROLE() external view returns (bytes32);

    /// @notice May set, stop and restart SLA clocks.
    function SLA_MANAGER_ROLE() external view returns (bytes32);

    /// @notice EIP-712 type hash of a signed complaint event.
    function COMPLAINT_EVENT_TYPEHASH() external view returns (bytes32);

    /// @notice Farthest distance of a deadline from the block's time, seconds.
    function MAX_SLA_DURATION() external view returns (uint40);

    /// @notice Upper bound of `escalationInterval`, seconds.
    function MAX_ESCALATION_INTERVAL() external view returns (uint40);

    /// @notice Seconds between a missed deadline and the next one.
    function escalationInterval() external view returns (uint40);

    /// @notice The level at which escalation ends.
    function maxEscalationLevel() external view returns (uint8);
}
