// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ComplaintRegistry} from "../../contracts/ComplaintRegistry.sol";
import {both, either, number, pick} from "./Logic.sol";
import {Specification} from "./Specification.sol";
import {Svm, Vm} from "./Vm.sol";

/// @dev What all proofs share: a registry with arbitrary parameters, and an arbitrary complaint in it.
///
/// Not a history but an arbitrary state is the start: the complaint's slot is any value that satisfies `_isReachable`,
/// which is shown to hold afterwards too. So the rules hold by induction, after any number of calls by anyone.
abstract contract Proof is Specification {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Svm internal constant SVM = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    address internal constant ADMIN = address(0xAD);
    bytes32 internal constant INTAKE_ROLE = keccak256("INTAKE_ROLE");
    bytes32 internal constant RECORDER_ROLE = keccak256("RECORDER_ROLE");
    bytes32 internal constant SLA_MANAGER_ROLE = keccak256("SLA_MANAGER_ROLE");
    uint256 private constant ROLES_SLOT = 0;
    uint256 private constant COMPLAINTS_SLOT = 5;
    uint256 private constant EVIDENCE_SLOT = 6;
    bytes32 internal constant FILINGS_SLOT = bytes32(uint256(7));

    ComplaintRegistry internal registry;

    /// @dev All that a call may depend on, but for the call. `account` is the sender, or the signer of an entry.
    struct World {
        uint40 time;
        bytes32 filings;
        address account;
        bool isIntake;
        bool isRecorder;
        bool isManager;
    }

    function setUp() public {
        interval = uint32(SVM.createUint(32, "interval"));
        defaultSLA = uint32(SVM.createUint(32, "defaultSLA"));
        address[] memory nobody = new address[](0);
        registry = new ComplaintRegistry(ADMIN, 3 days, nobody, nobody, nobody, defaultSLA, interval, MAX_LEVEL);
        genesis = registry.GENESIS();
        _writeTable();
    }

    function _arrange(World memory w) internal {
        VM.warp(w.time);
        VM.assume(uint256(w.filings) >> 216 < type(uint40).max); // more filings than anyone can pay for
        _store(FILINGS_SLOT, w.filings);
        _store(_roleSlotOf(INTAKE_ROLE, w.account), bytes32(number(w.isIntake)));
        _store(_roleSlotOf(RECORDER_ROLE, w.account), bytes32(number(w.isRecorder)));
        _store(_roleSlotOf(SLA_MANAGER_ROLE, w.account), bytes32(number(w.isManager)));
    }

    /// @dev Makes `word` the complaint's slot.
    function _arrangeComplaint(bytes32 id, bytes32 word) internal returns (State memory s) {
        s = _decode(word);
        VM.assume(_isReachable(s));
        _store(_slotOf(id), word);
    }

    /// @dev Makes `word` the evidence's slot: a time and a sequence that is not zero, or nothing.
    function _arrangeEvidence(bytes32 id, bytes32 hash, bytes32 word) internal {
        VM.assume(both(uint256(word) >> 64 == 0, either(word == 0, uint24(uint256(word) >> 40) != 0)));
        _store(_evidenceSlotOf(id, hash), word);
    }

    /// @dev The invariant. Of the head nothing is assumed, but that an unknown complaint is all zeros.
    function _isReachable(State memory s) internal pure returns (bool) {
        uint256 rest = s.head | s.links | s.clock | s.escalations | s.objections;
        unchecked {
            uint256 others = s.escalations + s.objections;
            // The filing at least; one link at most at the last nonce; after the 255th miss, no clock.
            bool isKnown = both(s.links > others, s.links - others <= LAST_NONCE + 1);
            isKnown = both(isKnown, either(s.escalations != 255, s.clock == 0));
            return either(both(s.status == NONE, rest == 0), both(both(s.status != NONE, s.status <= 4), isKnown));
        }
    }

    /// @dev By hand, so that the layout (one slot for a complaint) is part of what is proved.
    function _decode(bytes32 word) internal pure returns (State memory s) {
        uint256 value = uint256(word);
        s.head = value << 80;
        s.links = value >> 176 & 0xffffff;
        s.clock = value >> 200 & 0xffffffff;
        s.status = value >> 232 & 0xff;
        s.escalations = value >> 240 & 0xff;
        s.objections = value >> 248;
    }

    function _encode(State memory s) internal pure returns (bytes32) {
        return bytes32(
            s.head >> 80 | s.links << 176 | s.clock << 200 | s.status << 232 | s.escalations << 240 | s.objections
                << 248
        );
    }

    /// @dev What a call did.
    struct Outcome {
        bool succeeded;
        bytes answer;
        bytes logs;
    }

    function _call(address sender, bytes memory data) internal returns (Outcome memory o) {
        VM.prank(sender);
        (o.succeeded, o.answer) = address(registry).call(data);
        o.logs = SVM.logsOf(address(registry));
    }

    /// @dev The call has failed with exactly this error.
    function _isRefusal(Outcome memory o, Refusal memory r) internal pure returns (bool) {
        if (o.succeeded) return false;
        bytes memory padded = bytes.concat(o.answer, new bytes(100));
        (uint256 a, uint256 b, uint256 c) = (_word(padded, 4), _word(padded, 36), _word(padded, 68));
        bool isSame = (((_word(padded, 0) >> 224) ^ r.selector) | (a ^ r.a) | (b ^ r.b) | (c ^ r.c)) == 0;
        return both(isSame, r.selector != 0);
    }

    /// @dev The logs are those of the events that are said to be emitted, in this order, and no others.
    function _areLogs(bytes memory logs, Event[] memory events) internal pure returns (bool) {
        uint256 difference;
        uint256 count;
        uint256 offset;
        while (offset < logs.length) {
            uint256 size = _word(logs, offset) == 4 ? 256 : 160; // LinkAppended: four topics; EntrySkipped: two
            uint256 rank;
            for (uint256 i = 0; i < events.length; ++i) {
                uint256 wrong = _difference(logs, offset, size, events[i].words);
                difference |= pick(both(events[i].isEmitted, rank == count), wrong, 0);
                unchecked {
                    rank += number(events[i].isEmitted);
                }
            }
            offset += size;
            ++count;
        }
        uint256 emitted;
        for (uint256 i = 0; i < events.length; ++i) {
            unchecked {
                emitted += number(events[i].isEmitted);
            }
        }
        return both(difference == 0, count == emitted);
    }

    function _difference(bytes memory logs, uint256 offset, uint256 size, bytes memory words)
        private
        pure
        returns (uint256 difference)
    {
        if (size != words.length) return 1;
        for (uint256 j = 0; j < size; j += 32) {
            difference |= _word(words, j) ^ _word(logs, offset + j);
        }
    }

    function _word(bytes memory text, uint256 offset) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(text, 32), offset))
        }
    }

    /// @dev The registry's chain and count after the filing of `id`.
    function _filed(bytes32 filings, bytes32 id) internal pure returns (bytes32) {
        uint256 chain = uint256(keccak256(abi.encode(uint256(filings) << 40, id))) >> 40;
        unchecked {
            return bytes32((uint256(filings) >> 216) + 1 << 216 | chain);
        }
    }

    function _load(bytes32 slot) internal view returns (bytes32) {
        return VM.load(address(registry), slot);
    }

    function _store(bytes32 slot, bytes32 word) internal {
        VM.store(address(registry), slot, word);
    }

    function _slotOf(bytes32 id) internal pure returns (bytes32) {
        return keccak256(abi.encode(id, COMPLAINTS_SLOT));
    }

    function _evidenceSlotOf(bytes32 id, bytes32 hash) internal pure returns (bytes32) {
        return keccak256(abi.encode(hash, keccak256(abi.encode(id, EVIDENCE_SLOT))));
    }

    function _roleSlotOf(bytes32 role, address account) internal pure returns (bytes32) {
        return keccak256(abi.encode(account, keccak256(abi.encode(role, ROLES_SLOT))));
    }
}
