// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {ComplaintChain} from "./base/ComplaintChain.sol";
import {IComplaintRegistry} from "./interfaces/IComplaintRegistry.sol";

/// @title ComplaintRegistry
/// @notice See `IComplaintRegistry`. Not upgradeable, not pausable, holds no ether.
/// @dev Who may write: roles and signatures. What a link needs and does is in `ComplaintChain`.
contract ComplaintRegistry is AccessControlDefaultAdminRules, EIP712, ComplaintChain {
    /// @inheritdoc IComplaintRegistry
    bytes32 public constant INTAKE_ROLE = keccak256("INTAKE_ROLE");

    /// @inheritdoc IComplaintRegistry
    bytes32 public constant RECORDER_ROLE = keccak256("RECORDER_ROLE");

    /// @inheritdoc IComplaintRegistry
    bytes32 public constant SLA_MANAGER_ROLE = keccak256("SLA_MANAGER_ROLE");

    /// @inheritdoc IComplaintRegistry
    bytes32 public constant ENTRY_TYPEHASH = keccak256(
        "Entry(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 eventType,uint24 nonce,bytes22 head,address actor,uint40 validUntil)"
    );

    /// @inheritdoc IComplaintRegistry
    bytes32 public constant OBJECTION_TYPEHASH =
        keccak256("Objection(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 number)");

    /// @inheritdoc IComplaintRegistry
    uint48 public constant MAX_ADMIN_TRANSFER_DELAY = 365 days;

    /// @param admin Default admin: grants and revokes the roles, and can do nothing else.
    /// @param adminTransferDelay Seconds that a transfer of the admin must wait (EIP-5313, two steps), up to
    /// `MAX_ADMIN_TRANSFER_DELAY`.
    /// @param intakes Accounts that get `INTAKE_ROLE`.
    /// @param recorders Accounts that get `RECORDER_ROLE`.
    /// @param slaManagers Accounts that get `SLA_MANAGER_ROLE`.
    /// @param defaultSLA_ Seconds, 0 to `MAX_SLA_DURATION`.
    /// @param escalationInterval_ Seconds, 1 to `MAX_ESCALATION_INTERVAL`.
    /// @param maxEscalationLevel_ 1 to `MAX_ESCALATION_LEVEL`.
    constructor(
        address admin,
        uint48 adminTransferDelay,
        address[] memory intakes,
        address[] memory recorders,
        address[] memory slaManagers,
        uint32 defaultSLA_,
        uint32 escalationInterval_,
        uint8 maxEscalationLevel_
    )
        AccessControlDefaultAdminRules(_boundedDelay(adminTransferDelay), _nonZero(admin))
        EIP712("ComplaintRegistry", "2")
        ComplaintChain(defaultSLA_, escalationInterval_, maxEscalationLevel_)
    {
        _grantAll(INTAKE_ROLE, intakes);
        _grantAll(RECORDER_ROLE, recorders);
        _grantAll(SLA_MANAGER_ROLE, slaManagers);
    }

    /// @inheritdoc IComplaintRegistry
    function logComplaintEvent(bytes32 complaintId, EventType eventType, bytes32 data, uint24 nonce_) external {
        if (eventType > EventType.REOPENED && eventType < EventType.ERASED) {
            _refuse(InvalidTransition.selector, complaintId, eventType, data, nonce_);
        }
        _recordOrRevert(complaintId, eventType, data, nonce_);
    }

    /// @inheritdoc IComplaintRegistry
    function anchorEvidence(bytes32 complaintId, bytes32 data, uint24 nonce_) external {
        _recordOrRevert(complaintId, EventType.EVIDENCE_ANCHORED, data, nonce_);
    }

    /// @inheritdoc IComplaintRegistry
    function setSLADeadline(bytes32 complaintId, uint256 deadline, uint24 nonce_) external {
        _recordOrRevert(complaintId, EventType.SLA_DEADLINE_SET, bytes32(deadline), nonce_);
    }

    /// @inheritdoc IComplaintRegistry
    function pauseSLA(bytes32 complaintId, uint24 nonce_) external {
        _recordOrRevert(complaintId, EventType.SLA_PAUSED, 0, nonce_);
    }

    /// @inheritdoc IComplaintRegistry
    function resumeSLA(bytes32 complaintId, uint24 nonce_) external {
        _recordOrRevert(complaintId, EventType.SLA_RESUMED, 0, nonce_);
    }

    /// @inheritdoc IComplaintRegistry
    function recordBatch(Entry[] calldata entries) external returns (uint256 recorded) {
        bytes32 run;
        bool runSkipped;
        bytes32 checkedRole;
        for (uint256 i = 0; i < entries.length; ++i) {
            Entry calldata entry = entries[i];
            bytes32 complaintId = entry.complaintId;
            EventType eventType = entry.eventType;
            if (complaintId != run) (run, runSkipped) = (complaintId, false);

            bytes32 role = _roleOf(eventType);
            // No call leaves the contract in between, so a role that was there is still there.
            if (role != checkedRole && role != 0) _checkRole(checkedRole = role);

            bytes4 refusal = 0;
            if (runSkipped) refusal = PredecessorSkipped.selector;
            else if (role == 0) refusal = InvalidTransition.selector;
            else refusal = _record(complaintId, eventType, entry.data, entry.nonce, _msgSender());
            if (refusal == 0) {
                ++recorded;
            } else {
                runSkipped = true;
                emit EntrySkipped(complaintId, entry.nonce, refusal);
            }
        }
    }

    /// @inheritdoc IComplaintRegistry
    function recordSigned(
        Entry calldata entry,
        bytes22 head,
        address actor,
        uint40 validUntil,
        bytes calldata signature
    ) external {
        (bytes32 complaintId, bytes32 data, EventType eventType, uint24 nonce_) =
            (entry.complaintId, entry.data, entry.eventType, entry.nonce);
        bytes32 role = _roleOf(eventType);
        if (role == 0) _refuse(InvalidTransition.selector, complaintId, eventType, data, nonce_);
        _checkRole(role, actor);
        if (block.timestamp > validUntil) revert SignatureExpired(validUntil);
        _checkSignature(actor, _hashEntry(entry, head, actor, validUntil), signature);
        if (head != 0) _checkHead(complaintId, head);
        bytes4 refusal = _record(complaintId, eventType, data, nonce_, actor);
        if (refusal != 0) _refuse(refusal, complaintId, eventType, data, nonce_);
    }

    /// @inheritdoc IComplaintRegistry
    function logObjection(bytes32 subject, address complainant, bytes32 data, uint8 number, bytes calldata signature)
        external
    {
        bytes32 complaintId = keccak256(abi.encode(subject, complainant));
        _checkSignature(
            complainant, keccak256(abi.encode(OBJECTION_TYPEHASH, GENESIS, complaintId, data, number)), signature
        );
        _object(complaintId, complainant, data, number);
    }

    /// @inheritdoc IComplaintRegistry
    function version() external pure returns (string memory) {
        return "2.0.0";
    }

    /// @inheritdoc AccessControlDefaultAdminRules
    /// @dev Bounded like the constructor's: a delay near 2^48 seconds would freeze the admin for ever.
    function changeDefaultAdminDelay(uint48 newDelay) public override {
        super.changeDefaultAdminDelay(newDelay);
        _boundedDelay(newDelay);
    }

    /// @inheritdoc AccessControlDefaultAdminRules
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IComplaintRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    function _recordOrRevert(bytes32 complaintId, EventType eventType, bytes32 data, uint24 nonce_) private {
        _checkRole(_roleOf(eventType));
        bytes4 refusal = _record(complaintId, eventType, data, nonce_, _msgSender());
        if (refusal != 0) _refuse(refusal, complaintId, eventType, data, nonce_);
    }

    function _grantAll(bytes32 role, address[] memory accounts) private {
        for (uint256 i = 0; i < accounts.length; ++i) {
            _grantRole(role, _nonZero(accounts[i]));
        }
    }

    function _checkSignature(address signer, bytes32 structHash, bytes calldata signature) private view {
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, _hashTypedDataV4(structHash), signature)) {
            revert InvalidSignature(signer);
        }
    }

    /// @dev EIP-712 hash of the struct.
    function _hashEntry(Entry calldata entry, bytes22 head, address actor, uint40 validUntil)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                ENTRY_TYPEHASH,
                GENESIS,
                entry.complaintId,
                entry.data,
                entry.eventType,
                entry.nonce,
                head,
                actor,
                validUntil
            )
        );
    }

    /// @dev The role that an entry of this type needs; zero for the two types that no entry has.
    function _roleOf(EventType eventType) private pure returns (bytes32) {
        if (eventType == EventType.CREATED) return INTAKE_ROLE;
        if (eventType < EventType.SLA_DEADLINE_SET || eventType > EventType.OBJECTED) return RECORDER_ROLE;
        return eventType < EventType.ESCALATED ? SLA_MANAGER_ROLE : bytes32(0);
    }

    function _boundedDelay(uint48 delay) private pure returns (uint48) {
        if (delay > MAX_ADMIN_TRANSFER_DELAY) revert InvalidParameter();
        return delay;
    }

    function _nonZero(address account) private pure returns (address) {
        if (account == address(0)) revert InvalidParameter();
        return account;
    }
}
