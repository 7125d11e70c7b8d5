// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {both, either} from "./Logic.sol";
import {EntryProof} from "./EntryProof.sol";

/// @dev Where a call writes: to the slot of the complaint, when evidence is anchored to its slot, with a filing to that of
/// the filings, and nowhere else. So other complaints, other evidence, roles and the admin stay as they were. What each
/// call writes there is the business of the other proofs; one that reverts writes nothing.
contract FrameProof is EntryProof {
    function check_log(World memory w, Input memory i, uint8 kind) public {
        _arrangeEntry(w, i);
        bytes4 selector = IComplaintRegistry.logComplaintEvent.selector;
        _call(w.account, abi.encodeWithSelector(selector, i.id, kind, i.data, i.nonce));
        _assertFrame(kind, i, kind, i);
    }

    function check_anchoring(World memory w, Input memory i) public {
        _arrangeEntry(w, i);
        _call(w.account, abi.encodeCall(IComplaintRegistry.anchorEvidence, (i.id, i.data, i.nonce)));
        _assertFrame(EVIDENCE_ANCHORED, i, EVIDENCE_ANCHORED, i);
    }

    function check_settingADeadline(World memory w, Input memory i) public {
        _arrangeEntry(w, i);
        _call(w.account, abi.encodeCall(IComplaintRegistry.setSLADeadline, (i.id, uint256(i.data), i.nonce)));
        _assertFrame(SLA_DEADLINE_SET, i, SLA_DEADLINE_SET, i);
    }

    function check_pausing(World memory w, Input memory i) public {
        _arrangeEntry(w, i);
        _call(w.account, abi.encodeCall(IComplaintRegistry.pauseSLA, (i.id, i.nonce)));
        _assertFrame(SLA_PAUSED, i, SLA_PAUSED, i);
    }

    function check_resuming(World memory w, Input memory i) public {
        _arrangeEntry(w, i);
        _call(w.account, abi.encodeCall(IComplaintRegistry.resumeSLA, (i.id, i.nonce)));
        _assertFrame(SLA_RESUMED, i, SLA_RESUMED, i);
    }

    function check_batch(World memory w, Input memory i, uint8 kind) public {
        VM.assume(kind < 16);
        _arrangeEntry(w, i);
        IComplaintRegistry.Entry[] memory entries = new IComplaintRegistry.Entry[](1);
        entries[0] = IComplaintRegistry.Entry(i.id, i.data, IComplaintRegistry.EventType(kind), i.nonce);
        _call(w.account, abi.encodeCall(IComplaintRegistry.recordBatch, (entries)));
        _assertFrame(kind, i, kind, i);
    }

    /// @dev Of one complaint or of two.
    function check_batchOfTwo(World memory w, Input memory i, Input memory j) public {
        _arrangeEntry(w, i);
        if (i.id != j.id) _arrangeEntry(w, j);
        IComplaintRegistry.Entry[] memory entries = new IComplaintRegistry.Entry[](2);
        entries[0] = IComplaintRegistry.Entry(i.id, i.data, IComplaintRegistry.EventType.CREATED, i.nonce);
        entries[1] = IComplaintRegistry.Entry(j.id, j.data, IComplaintRegistry.EventType.EVIDENCE_ANCHORED, j.nonce);
        _call(w.account, abi.encodeCall(IComplaintRegistry.recordBatch, (entries)));
        _assertFrame(CREATED, i, EVIDENCE_ANCHORED, j);
    }

    function check_signed(World memory w, Input memory i, Signed memory x, uint8 kind) public {
        VM.assume(kind < 16);
        VM.assume(both(w.account != address(registry), w.account != address(this)));
        _arrangeSigned(w, i, x);
        _call(x.sender, _signedCall(kind, w, i, x));
        _assertFrame(kind, i, kind, i);
    }

    function check_objection(World memory w, Input memory i, bytes32 subject, uint8 number_, Signed memory x) public {
        VM.assume(both(w.account != address(registry), w.account != address(this)));
        i.id = keccak256(abi.encode(subject, w.account));
        _arrangeEntry(w, i);
        bytes memory signature = abi.encodePacked(x.r, x.s, x.v);
        _call(
            x.sender, abi.encodeCall(IComplaintRegistry.logObjection, (subject, w.account, i.data, number_, signature))
        );
        _assertFrame(OBJECTED, i, OBJECTED, i);
    }

    function check_escalation(World memory w, Input memory i) public {
        _arrangeEntry(w, i);
        _call(w.account, abi.encodeCall(IComplaintRegistry.checkAndEscalate, (i.id)));
        _assertFrame(ESCALATED, i, ESCALATED, i);
    }

    function check_escalationOfTwo(World memory w, Input memory i, Input memory j) public {
        _arrangeEntry(w, i);
        if (i.id != j.id) _arrangeEntry(w, j);
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = (i.id, j.id);
        _call(w.account, abi.encodeCall(IComplaintRegistry.batchCheckAndEscalate, (ids)));
        _assertFrame(ESCALATED, i, ESCALATED, j);
    }

    /// @dev Of the last call, whoever made it on the way: all that was written is the registry's, and of these entries.
    function _assertFrame(uint256 first, Input memory i, uint256 second, Input memory j) private {
        bytes memory writes = SVM.writesOf(address(registry));
        bool isFiling = either(first == CREATED, second == CREATED);
        for (uint256 at = 0; at < writes.length; at += 64) {
            assert(_word(writes, at) == uint160(address(registry)));
            uint256 slot = _word(writes, at + 32);
            bool isComplaint = either(slot == uint256(_slotOf(i.id)), slot == uint256(_slotOf(j.id)));
            bool isFirst = both(first == EVIDENCE_ANCHORED, slot == uint256(_evidenceSlotOf(i.id, i.data)));
            bool isSecond = both(second == EVIDENCE_ANCHORED, slot == uint256(_evidenceSlotOf(j.id, j.data)));
            bool isFilings = both(isFiling, slot == uint256(FILINGS_SLOT));
            assert(either(either(isComplaint, isFilings), either(isFirst, isSecond)));
        }
    }
}
