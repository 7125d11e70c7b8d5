// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice The same record with nothing around it: no roles, no lifecycle, no sequence, no checked arithmetic, and no
/// event field that a block or another topic already tells. What is left is the price of the transaction, one hash,
/// one slot (two for evidence) and one event.
contract Floor {
    struct Clock {
        bytes22 head;
        uint40 slaDeadline;
        uint8 escalationLevel;
    }

    event Logged(bytes32 indexed complaintId, uint8 indexed eventType, address indexed actor, bytes32 dataHash);
    event Anchored(bytes32 indexed complaintId, bytes32 indexed evidenceHash, address indexed actor);
    event DeadlineSet(bytes32 indexed complaintId, address indexed actor, uint40 deadline);
    event Escalated(
        bytes32 indexed complaintId, address indexed actor, uint8 level, uint40 missedDeadline, uint40 nextDeadline
    );

    mapping(bytes32 complaintId => bytes32 head) private _heads;
    mapping(bytes32 complaintId => Clock) private _clocks;
    mapping(bytes32 complaintId => mapping(bytes32 evidenceHash => uint256 timestamp)) private _evidence;

    function log(bytes32 complaintId, uint8 eventType, bytes32 dataHash) public {
        _heads[complaintId] = _link(_heads[complaintId], complaintId, eventType, dataHash);
        emit Logged(complaintId, eventType, msg.sender, dataHash);
    }

    function anchor(bytes32 complaintId, bytes32 evidenceHash) external {
        _heads[complaintId] = _link(_heads[complaintId], complaintId, 8, evidenceHash);
        _evidence[complaintId][evidenceHash] = block.timestamp;
        emit Anchored(complaintId, evidenceHash, msg.sender);
    }

    function setDeadline(bytes32 complaintId, uint40 deadline) external {
        Clock memory clock = _clocks[complaintId];
        clock.head = bytes22(_link(clock.head, complaintId, 9, bytes32(uint256(deadline))));
        clock.slaDeadline = deadline;
        _clocks[complaintId] = clock;
        emit DeadlineSet(complaintId, msg.sender, deadline);
    }

    function escalate(bytes32 complaintId) public {
        Clock memory clock = _clocks[complaintId];
        uint40 missed = clock.slaDeadline;
        unchecked {
            clock.slaDeadline = missed + 1 days;
            clock.escalationLevel += 1;
        }
        bytes32 dataHash = keccak256(abi.encode(clock.escalationLevel, missed, clock.slaDeadline));
        clock.head = bytes22(_link(clock.head, complaintId, 12, dataHash));
        _clocks[complaintId] = clock;
        emit Escalated(complaintId, msg.sender, clock.escalationLevel, missed, clock.slaDeadline);
    }

    function escalateMany(bytes32[] calldata complaintIds) external {
        for (uint256 i = 0; i < complaintIds.length; ++i) escalate(complaintIds[i]);
    }

    function logMany(bytes32[] calldata complaintIds, uint8 eventType, bytes32[] calldata dataHashes) external {
        for (uint256 i = 0; i < complaintIds.length; ++i) log(complaintIds[i], eventType, dataHashes[i]);
    }

    function _link(bytes32 head, bytes32 complaintId, uint8 eventType, bytes32 dataHash)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(head, complaintId, eventType, msg.sender, block.timestamp, dataHash));
    }
}
