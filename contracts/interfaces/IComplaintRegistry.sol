// SPDX-License-Identifier: MIT
pragma solidity ^0.8.4;

/// @title IComplaintRegistry
/// @notice Tamper-evident complaint handling: every step of a complaint is one link of a hash chain whose head the
/// registry keeps. Only commitments, enums, numbers and addresses are on the chain; no personal data, no plaintext.
/// @dev A link is `bytes22(keccak256(abi.encode(head, complaintId, sequence, eventType, actor, timestamp, data)))`.
/// `LinkAppended` carries all that is needed to recompute it, so a list of events can be checked against
/// `getComplaint(complaintId).head`, whoever supplies the list.
///
/// Recorders guard each write with `nonce(complaintId)`, the number of links that recorders have written. Escalations and
/// objections, which anyone can bring about, do not count, so a nonce that was given when a request was accepted stays
/// right.
///
/// A complaint's id commits to its filing and to its author:
/// `subject = keccak256(abi.encode(keccak256(salt ‖ utf8(tracking id)), data of the CREATED link))` and
/// `complaintId = keccak256(abi.encode(subject, complainant))`. The contract cannot check this; everyone who holds the
/// salt can.
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
    /// @dev `ESCALATED` and `OBJECTED` are never written by an entry; recorders write all others.
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
        ESCALATED,
        OBJECTED,
        ERASED,
        NOTED
    }

    /// @notice The state of one complaint: exactly one storage slot.
    /// @param head Last link of the complaint's chain, truncated to 176 bits. `GENESIS` stands before the first link.
    /// @param eventCount Number of links; the next one has sequence `eventCount + 1`.
    /// @param slaDeadline While `OPEN`, the deadline (Unix seconds; 0: none; 2^32 - 1: saturated, never due). In any
    /// other status, the seconds left on the stopped clock (0: there was no deadline).
    /// @param status Where the complaint stands.
    /// @param escalations Number of missed deadlines on record. The level is `min(escalations, maxEscalationLevel)`.
    /// @param objections Number of objections on record.
    struct Complaint {
        bytes22 head;
        uint24 eventCount;
        uint32 slaDeadline;
        Status status;
        uint8 escalations;
        uint8 objections;
    }

    /// @notice One link that a recorder means to write.
    /// @param data What the link commits to: the payload's commitment, the evidence hash or the deadline (Unix seconds).
    /// Zero for `SLA_PAUSED` and `SLA_RESUMED`, whose link carries what the clock shows.
    /// @param eventType Any but `ESCALATED` and `OBJECTED`.
    /// @param nonce `nonce(complaintId)` before the link: 0 for `CREATED`.
    struct Entry {
        bytes32 complaintId;
        bytes32 data;
        EventType eventType;
        uint24 nonce;
    }

    /// @notice A parameter is out of range, an address is zero, or a pause or resumption carries data.
    error InvalidParameter();

    /// @notice The writer meant to write another link than the next one. Sent twice, a write lands once.
    error StaleNonce(bytes32 complaintId, uint24 expected, uint24 given);

    /// @notice The status does not allow this link, or a counter is at its end.
    error InvalidTransition(bytes32 complaintId, Status status, EventType eventType);

    /// @notice This evidence hash is already anchored for this complaint.
    error EvidenceAlreadyAnchored(bytes32 complaintId, bytes32 evidenceHash);

    /// @notice A deadline is 1 to 2^32 - 2 and lies at most `MAX_SLA_DURATION` after the block's time; after the 255th
    /// miss there is none.
    error DeadlineOutOfRange(bytes32 complaintId, uint256 deadline);

    /// @notice Nothing to escalate: not open, no deadline, or the deadline has not passed.
    error SLANotBreached(bytes32 complaintId, uint40 deadline);

    /// @notice The entry was signed for a history that ends in another head.
    error StaleHead(bytes32 complaintId, bytes22 expected, bytes22 given);

    /// @notice Reason of `EntrySkipped`: an earlier entry of the same run was skipped. Nothing reverts with it.
    error PredecessorSkipped();

    /// @notice The signature is not `signer`'s for exactly this on this contract and chain.
    error InvalidSignature(address signer);

    /// @notice The signed entry was valid up to and including `validUntil` (Unix seconds).
    error SignatureExpired(uint40 validUntil);

    /// @notice A link was appended.
    /// @param actor Who wrote it: the sender, the signer of an entry or the complainant. Of `ESCALATED` it is whoever sent
    /// the transaction, which means nothing.
    /// @param sequence Position in the complaint's chain, from 1.
    /// @param timestamp The block's time, Unix seconds.
    /// @param data What the link commits to: the payload's commitment, the evidence hash, the deadline (`SLA_DEADLINE_SET`,
    /// `SLA_RESUMED`), the seconds left (`SLA_PAUSED`), or, for `ESCALATED`, `level << 64 | missed << 32 | next` with the
    /// level after it, the missed deadline and the next one (0: none).
    event LinkAppended(
        bytes32 indexed complaintId,
        EventType indexed eventType,
        address indexed actor,
        uint24 sequence,
        uint40 timestamp,
        bytes32 data
    );

    /// @notice `recordBatch` left out an entry, which changed nothing.
    /// @param nonce The entry's.
    /// @param reason Selector of the error with which the single call reverts, or of `PredecessorSkipped`.
    event EntrySkipped(bytes32 indexed complaintId, uint24 nonce, bytes4 reason);

    /// @notice Appends a link of type `CREATED` to `REOPENED` (0 to 7), `ERASED` or `NOTED`.
    /// @dev Needs `INTAKE_ROLE` for `CREATED`, `RECORDER_ROLE` for the others. For every write of an entry the checks come
    /// in this order: type, role, nonce, transition, arguments. They judge the state as it will be once the missed
    /// deadlines are on record, which come first, one link each; a refused write records none.
    /// `CREATED` starts the clock with `defaultSLA`.
    /// @param data Salted commitment to the off-chain payload.
    /// @param nonce `nonce(complaintId)`.
    function logComplaintEvent(bytes32 complaintId, EventType eventType, bytes32 data, uint24 nonce) external;

    /// @notice Anchors an evidence hash, once for each complaint.
    /// @dev Needs `RECORDER_ROLE`. `OPEN`, `ON_HOLD` or `RESOLVED`.
    function anchorEvidence(bytes32 complaintId, bytes32 data, uint24 nonce) external;

    /// @notice Sets or moves the deadline of an open complaint.
    /// @dev Needs `SLA_MANAGER_ROLE`.
    /// @param deadline Unix seconds; may lie in the past, so that what was promised and missed is on record.
    function setSLADeadline(bytes32 complaintId, uint256 deadline, uint24 nonce) external;

    /// @notice Stops the clock of an open complaint, keeping the seconds that are left.
    /// @dev Needs `SLA_MANAGER_ROLE`.
    function pauseSLA(bytes32 complaintId, uint24 nonce) external;

    /// @notice Restarts the clock of a complaint on hold with the seconds that were left.
    /// @dev Needs `SLA_MANAGER_ROLE`.
    function resumeSLA(bytes32 complaintId, uint24 nonce) external;

    /// @notice Records what is allowed, in order, and skips the rest with `EntrySkipped`.
    /// @dev Needs the role of every entry, skipped ones included. Adjacent entries of one complaint are a run; once one of
    /// them is skipped, so is the rest of the run: a prefix lands, or nothing.
    /// @return recorded Number of entries recorded; the missed deadlines that they put on record do not count.
    function recordBatch(Entry[] calldata entries) external returns (uint256 recorded);

    /// @notice Records one entry that `actor`, who has the role of its type, signed (EIP-712, or ERC-1271 for a contract).
    /// The actor is on record, the sender only pays.
    /// @dev Checks, in order: type, role, expiry, signature, head, nonce, transition, arguments.
    /// @param head The head that the entry must follow, compared before any missed deadline is recorded; zero: any.
    /// @param validUntil Last second (Unix time) at which the signature is valid.
    function recordSigned(
        Entry calldata entry,
        bytes22 head,
        address actor,
        uint40 validUntil,
        bytes calldata signature
    ) external;

    /// @notice Appends an objection that the complainant signed: in any status but `NONE`, whatever recorders do.
    /// @dev Open to anyone who holds the signature. Checks, in order: signature, status, number, 255 objections at most.
    /// @param subject With `complainant`, the complaint's id: `keccak256(abi.encode(subject, complainant))`.
    /// @param number `getComplaint(complaintId).objections`, so that it lands once.
    function logObjection(bytes32 subject, address complainant, bytes32 data, uint8 number, bytes calldata signature)
        external;

    /// @notice Puts every missed deadline on record, one link each. Open to anyone.
    /// @return level The level after it.
    function checkAndEscalate(bytes32 complaintId) external returns (uint8 level);

    /// @notice As `checkAndEscalate` for each id in turn; skips what is not due or not known.
    /// @return escalations How many missed deadlines were put on record.
    function batchCheckAndEscalate(bytes32[] calldata complaintIds) external returns (uint256 escalations);

    /// @notice The complaint's state; all zeros but `head == GENESIS` for an unknown one.
    function getComplaint(bytes32 complaintId) external view returns (Complaint memory);

    /// @notice `getComplaint` for each id.
    function getComplaints(bytes32[] calldata complaintIds) external view returns (Complaint[] memory);

    /// @notice Number of links that recorders have written: `eventCount - escalations - objections`.
    function nonce(bytes32 complaintId) external view returns (uint24);

    /// @notice When (Unix seconds), and as which link, `evidenceHash` was anchored for the complaint; zeros if never.
    function evidenceAnchor(bytes32 complaintId, bytes32 evidenceHash)
        external
        view
        returns (uint40 timestamp, uint24 sequence);

    /// @notice Whether `checkAndEscalate` would succeed in a block of this time, for each id.
    function escalatable(bytes32[] calldata complaintIds) external view returns (bool[] memory);

    /// @notice The chain of all filings, by which a list of complaints can be shown to be complete.
    /// @return chain After each filing `bytes27(keccak256(abi.encode(chain, complaintId)))`, from zero.
    /// @return count Number of filings.
    function registry() external view returns (bytes27 chain, uint40 count);

    /// @notice The link function of the hash chain, for verifiers.
    function linkHash(
        bytes22 head,
        bytes32 complaintId,
        uint24 sequence,
        EventType eventType,
        address actor,
        uint40 timestamp,
        bytes32 data
    ) external pure returns (bytes22);

    /// @notice Semantic version of the contract.
    function version() external pure returns (string memory);

    /// @notice The head before the first link: `bytes22(keccak256(abi.encode(block.chainid, address(this), parent)))`, with
    /// the hash of the block before the deployment as `parent` (zero in block 0). Two chains with one id share neither heads
    /// nor signatures.
    function GENESIS() external view returns (bytes22);

    /// @notice May file complaints.
    function INTAKE_ROLE() external view returns (bytes32);

    /// @notice May write every link of an entry but filings and the clock's.
    function RECORDER_ROLE() external view returns (bytes32);

    /// @notice May set, stop and restart SLA clocks.
    function SLA_MANAGER_ROLE() external view returns (bytes32);

    /// @notice EIP-712 type hash of a signed entry.
    function ENTRY_TYPEHASH() external view returns (bytes32);

    /// @notice EIP-712 type hash of an objection.
    function OBJECTION_TYPEHASH() external view returns (bytes32);

    /// @notice Farthest distance of a deadline from the block's time, and upper bound of `defaultSLA`, seconds.
    function MAX_SLA_DURATION() external view returns (uint32);

    /// @notice Upper bound of `escalationInterval`, seconds.
    function MAX_ESCALATION_INTERVAL() external view returns (uint32);

    /// @notice Upper bound of `maxEscalationLevel`.
    function MAX_ESCALATION_LEVEL() external view returns (uint8);

    /// @notice Upper bound of the delay of an admin transfer, seconds.
    function MAX_ADMIN_TRANSFER_DELAY() external view returns (uint48);

    /// @notice Seconds from a filing to its deadline; 0: a filing sets none.
    function defaultSLA() external view returns (uint32);

    /// @notice Seconds between a missed deadline and the next one.
    function escalationInterval() external view returns (uint32);

    /// @notice The level at which escalation ends.
    function maxEscalationLevel() external view returns (uint8);
}
