// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {both, either, not, number, pick} from "./Logic.sol";
import {Proof} from "./Proof.sol";

/// @dev One entry by one of the three routes: what is expected of it, and whether that is what happens.
abstract contract EntryProof is Proof {
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    struct Input {
        bytes32 complaint;
        bytes32 evidence;
        bytes32 id;
        bytes32 data;
        uint24 nonce;
    }

    struct Signed {
        address sender;
        bool isOfficer; // whether the sender has every role
        bytes22 head;
        uint40 validUntil;
        bytes32 r;
        bytes32 s;
        uint8 v;
    }

    /// @dev The entry by the function of its kind.
    function _proveSingle(uint256 kind, World memory w, Input memory i) internal {
        State memory before = _arrangeEntry(w, i);
        Refusal memory r = _typeRefusal(kind, i, before);
        _checkRole(r, w, kind);
        Step memory step = _entry(r, _link(kind, w, i, w.account), before);
        Outcome memory o = _call(w.account, _singleCall(kind, i));
        if (o.succeeded) assert(both(o.answer.length == 0, _isRecorded(kind, w, i, step, o)));
        else assert(both(_isRefusal(o, step.refusal), _isUntouched(w, i)));
    }

    /// @dev The entry alone in a batch: skipped with the error that the single call reverts with.
    function _proveBatch(uint256 kind, World memory w, Input memory i) internal {
        State memory before = _arrangeEntry(w, i);
        Refusal memory roleRefusal;
        _checkRole(roleRefusal, w, kind);
        Step memory step = _entry(_typeRefusal(kind, i, before), _link(kind, w, i, w.account), before);
        IComplaintRegistry.Entry[] memory entries = new IComplaintRegistry.Entry[](1);
        entries[0] = IComplaintRegistry.Entry(i.id, i.data, IComplaintRegistry.EventType(kind), i.nonce);
        Outcome memory o = _call(w.account, abi.encodeCall(IComplaintRegistry.recordBatch, (entries)));
        if (!o.succeeded) {
            assert(both(_isRefusal(o, roleRefusal), _isUntouched(w, i)));
        } else if (uint256(bytes32(o.answer)) == 1) {
            assert(both(roleRefusal.selector == 0, _isRecorded(kind, w, i, step, o)));
        } else {
            Event[] memory events = new Event[](1);
            events[0] = _skipped(i.id, i.nonce, step.refusal.selector);
            bool isSkipped = both(step.refusal.selector != 0, _areLogs(o.logs, events));
            bool isRight = both(roleRefusal.selector == 0, uint256(bytes32(o.answer)) == 0);
            assert(both(both(isSkipped, isRight), _isUntouched(w, i)));
        }
    }

    /// @dev The entry with the signature of `w.account`, an account without code; anyone sends it.
    function _proveSigned(uint256 kind, World memory w, Input memory i, Signed memory x) internal {
        VM.assume(both(w.account != address(registry), w.account != address(this)));
        State memory before = _arrangeSigned(w, i, x);
        Refusal memory r = _typeRefusal(kind, i, before);
        _checkRole(r, w, kind);
        _check(r, w.time <= x.validUntil, IComplaintRegistry.SignatureExpired.selector, x.validUntil, 0, 0);
        bool isSigned = _isSignature(w.account, _entryDigest(kind, w, i, x), x.r, x.s, x.v);
        _check(r, isSigned, IComplaintRegistry.InvalidSignature.selector, uint160(w.account), 0, 0);
        uint256 head = pick(before.links == 0, uint256(bytes32(genesis)), before.head);
        bool isHead = either(x.head == 0, uint256(bytes32(x.head)) == head);
        _check(r, isHead, IComplaintRegistry.StaleHead.selector, uint256(i.id), head, uint256(bytes32(x.head)));
        Step memory step = _entry(r, _link(kind, w, i, x.sender), before);
        Outcome memory o = _call(x.sender, _signedCall(kind, w, i, x));
        if (o.succeeded) assert(both(o.answer.length == 0, _isRecorded(kind, w, i, step, o)));
        else assert(both(_isRefusal(o, step.refusal), _isUntouched(w, i)));
    }

    function _arrangeEntry(World memory w, Input memory i) internal returns (State memory) {
        _arrange(w);
        _arrangeEvidence(i.id, i.data, i.evidence);
        return _arrangeComplaint(i.id, i.complaint);
    }

    /// @dev The sender's roles count for nothing. If it is the signer too, those of the world are what it has.
    function _arrangeSigned(World memory w, Input memory i, Signed memory x) internal returns (State memory) {
        bytes32 has = bytes32(number(x.isOfficer));
        _store(_roleSlotOf(INTAKE_ROLE, x.sender), has);
        _store(_roleSlotOf(RECORDER_ROLE, x.sender), has);
        _store(_roleSlotOf(SLA_MANAGER_ROLE, x.sender), has);
        return _arrangeEntry(w, i);
    }

    function _link(uint256 kind, World memory w, Input memory i, address sender) internal pure returns (Link memory) {
        return Link(i.id, kind, w.account, i.data, i.nonce, i.evidence != 0, sender, w.time);
    }

    /// @dev Two types are no entry's, and are refused before anything else is looked at.
    function _typeRefusal(uint256 kind, Input memory i, State memory before) internal pure returns (Refusal memory r) {
        bytes4 selector = IComplaintRegistry.InvalidTransition.selector;
        _check(r, both(kind != ESCALATED, kind != OBJECTED), selector, uint256(i.id), before.status, kind);
    }

    function _checkRole(Refusal memory r, World memory w, uint256 kind) internal pure {
        bool isClock = both(kind >= SLA_DEADLINE_SET, kind <= SLA_RESUMED);
        uint256 role = pick(isClock, uint256(SLA_MANAGER_ROLE), uint256(RECORDER_ROLE));
        role = pick(kind == CREATED, uint256(INTAKE_ROLE), role);
        bool has = either(both(isClock, w.isManager), both(not(isClock), w.isRecorder));
        has = either(both(kind == CREATED, w.isIntake), both(kind != CREATED, has));
        has = either(has, either(kind == ESCALATED, kind == OBJECTED)); // nobody's
        bytes4 selector = IAccessControl.AccessControlUnauthorizedAccount.selector;
        _check(r, has, selector, uint160(w.account), role, 0);
    }

    function _isRecorded(uint256 kind, World memory w, Input memory i, Step memory step, Outcome memory o)
        internal
        view
        returns (bool)
    {
        bytes32 filings = kind == CREATED ? _filed(w.filings, i.id) : w.filings;
        bytes32 anchor = kind == EVIDENCE_ANCHORED ? bytes32(step.state.links << 40 | w.time) : i.evidence;
        bool isSlot = _load(_slotOf(i.id)) == _encode(step.state);
        bool isEvidence = _load(_evidenceSlotOf(i.id, i.data)) == anchor;
        bool isState = both(isSlot, both(isEvidence, _load(FILINGS_SLOT) == filings));
        return both(both(step.refusal.selector == 0, isState), _areLogs(o.logs, step.events));
    }

    function _isUntouched(World memory w, Input memory i) internal view returns (bool) {
        bool isSlot = _load(_slotOf(i.id)) == i.complaint;
        bool isEvidence = _load(_evidenceSlotOf(i.id, i.data)) == i.evidence;
        return both(isSlot, both(isEvidence, _load(FILINGS_SLOT) == w.filings));
    }

    function _skipped(bytes32 id, uint256 nonce, uint256 selector) internal pure returns (Event memory) {
        return Event(true, abi.encode(2, keccak256("EntrySkipped(bytes32,uint24,bytes4)"), id, nonce, selector << 224));
    }

    function _singleCall(uint256 kind, Input memory i) private pure returns (bytes memory) {
        if (kind == EVIDENCE_ANCHORED) {
            return abi.encodeCall(IComplaintRegistry.anchorEvidence, (i.id, i.data, i.nonce));
        }
        if (kind == SLA_DEADLINE_SET) {
            return abi.encodeCall(IComplaintRegistry.setSLADeadline, (i.id, uint256(i.data), i.nonce));
        }
        if (kind == SLA_PAUSED) return abi.encodeCall(IComplaintRegistry.pauseSLA, (i.id, i.nonce));
        if (kind == SLA_RESUMED) return abi.encodeCall(IComplaintRegistry.resumeSLA, (i.id, i.nonce));
        return abi.encodeWithSelector(IComplaintRegistry.logComplaintEvent.selector, i.id, kind, i.data, i.nonce);
    }

    function _signedCall(uint256 kind, World memory w, Input memory i, Signed memory x)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(
            IComplaintRegistry.recordSigned,
            (
                IComplaintRegistry.Entry(i.id, i.data, IComplaintRegistry.EventType(kind), i.nonce),
                x.head,
                w.account,
                x.validUntil,
                abi.encodePacked(x.r, x.s, x.v)
            )
        );
    }

    function _entryDigest(uint256 kind, World memory w, Input memory i, Signed memory x)
        private
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "Entry(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 eventType,uint24 nonce,bytes22 head,address actor,uint40 validUntil)"
        );
        bytes memory first = abi.encode(typeHash, genesis, i.id, i.data, kind, i.nonce);
        return _digest(keccak256(bytes.concat(first, abi.encode(x.head, w.account, x.validUntil))));
    }

    function _isSignature(address account, bytes32 digest, bytes32 r, bytes32 s, uint8 v) internal pure returns (bool) {
        address signer = ecrecover(digest, v, r, s);
        return both(both(signer == account, signer != address(0)), uint256(s) <= HALF_ORDER);
    }

    function _concat(Event[] memory a, Event[] memory b) internal pure returns (Event[] memory events) {
        events = new Event[](a.length + b.length);
        for (uint256 i = 0; i < events.length; ++i) {
            events[i] = i < a.length ? a[i] : b[i - a.length];
        }
    }

    function _digest(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domainType =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 name = keccak256("ComplaintRegistry");
        bytes32 domain = keccak256(abi.encode(domainType, name, keccak256("2"), block.chainid, address(registry)));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
