// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {both, either, not, number, pick} from "./Logic.sol";
import {EntryProof} from "./EntryProof.sol";

/// @dev Two entries in one batch, by an account with all roles (what a missing one does: RouteProof).
contract RunProof is EntryProof {
    /// @dev The second entry meets what the first one made of the complaint. A filing that is refused: RouteProof.
    function check_filingThenDeadline(World memory w, Input memory i, Input memory j) public {
        VM.assume(both(i.complaint == 0, i.nonce == 0));
        _proveRun(CREATED, SLA_DEADLINE_SET, w, i, j);
    }

    /// @dev With a breach in front of both, or none; the hold is refused for its data, or not.
    function check_holdThenComment(World memory w, Input memory i, Input memory j) public {
        State memory s = _decode(i.complaint);
        VM.assume(both(s.status == OPEN, both(s.escalations != 0, both(s.clock != 0, s.clock != NEVER))));
        VM.assume(both(i.nonce == _nonce(s), i.nonce < LAST_NONCE));
        _proveRun(SLA_PAUSED, 3, w, i, j);
    }

    /// @dev What was anchored earlier in the batch counts.
    function check_sameEvidenceTwice(World memory w, Input memory i, Input memory j) public {
        VM.assume(both(i.data == j.data, _decode(i.complaint).status == 3));
        _proveRun(EVIDENCE_ANCHORED, EVIDENCE_ANCHORED, w, i, j);
    }

    /// @dev What is no entry stops its run, too.
    function check_escalationThenNote(World memory w, Input memory i, Input memory j) public {
        _proveRun(ESCALATED, 15, w, i, j);
    }

    /// @dev Of a run a prefix is recorded, or nothing.
    function _proveRun(uint256 first, uint256 second, World memory w, Input memory i, Input memory j) private {
        j.id = i.id;
        Step memory one = _first(first, w, i);
        Step memory two = _second(second, w, i, j, one);
        bool isOne = one.refusal.selector == 0;
        bool isTwo = both(isOne, two.refusal.selector == 0);
        Outcome memory o = _call(w.account, _batch(first, second, i, j));
        two.state = _pick(isTwo, two.state, _pick(isOne, one.state, _decode(i.complaint)));
        bytes32 anchor = i.evidence;
        if (first == EVIDENCE_ANCHORED) {
            anchor = bytes32(pick(isOne, one.state.links << 40 | w.time, uint256(anchor)));
        }
        bytes32 filings = w.filings;
        if (first == CREATED) filings = bytes32(pick(isOne, uint256(_filed(filings, i.id)), uint256(filings)));
        bool isState = both(_load(_slotOf(i.id)) == _encode(two.state), _load(FILINGS_SLOT) == filings);
        isState = both(isState, _load(_evidenceSlotOf(i.id, i.data)) == anchor);
        bool isCount;
        unchecked {
            isCount = uint256(bytes32(o.answer)) == number(isOne) + number(isTwo);
        }
        _gate(one, isOne, i);
        uint256 reason = pick(isOne, two.refusal.selector, uint32(IComplaintRegistry.PredecessorSkipped.selector));
        two.refusal.selector = reason;
        _gate(two, isTwo, j);
        bool isEvents = _areLogs(o.logs, _concat(one.events, two.events));
        assert(both(both(o.succeeded, isCount), both(isState, isEvents)));
    }

    /// @dev The refusal of one complaint's entry (here: for its nonce) is none of the other's business.
    function check_twoComplaints(World memory w, Input memory i, Input memory j) public {
        VM.assume(both(i.id != j.id, both(i.nonce < LAST_NONCE, j.nonce < LAST_NONCE)));
        VM.assume(both(_decode(i.complaint).status == 4, _decode(j.complaint).status == 4));
        Step memory one = _first(15, w, i);
        State memory other = _arrangeComplaint(j.id, j.complaint);
        Refusal memory r;
        Step memory two = _entry(r, _link(15, w, j, w.account), other);
        bool isOne = one.refusal.selector == 0;
        bool isTwo = two.refusal.selector == 0;
        Outcome memory o = _call(w.account, _batch(15, 15, i, j));
        bool isCount;
        unchecked {
            isCount = uint256(bytes32(o.answer)) == number(isOne) + number(isTwo);
        }
        one.state = _pick(isOne, one.state, _decode(i.complaint));
        two.state = _pick(isTwo, two.state, other);
        bool isState = both(_load(_slotOf(i.id)) == _encode(one.state), _load(_slotOf(j.id)) == _encode(two.state));
        _gate(one, isOne, i);
        _gate(two, isTwo, j);
        bool isEvents = _areLogs(o.logs, _concat(one.events, two.events));
        assert(both(both(o.succeeded, isCount), both(isState, isEvents)));
    }

    function _first(uint256 kind, World memory w, Input memory i) private returns (Step memory) {
        VM.assume(both(w.isIntake, both(w.isRecorder, w.isManager)));
        State memory before = _arrangeEntry(w, i);
        return _entry(_typeRefusal(kind, i, before), _link(kind, w, i, w.account), before);
    }

    function _second(uint256 kind, World memory w, Input memory i, Input memory j, Step memory one)
        private
        view
        returns (Step memory)
    {
        bool isOne = one.refusal.selector == 0;
        Link memory link = _link(kind, w, j, w.account);
        link.isAnchored = either(isOne, i.evidence != 0);
        Refusal memory r;
        return _entry(r, link, _pick(isOne, one.state, _decode(i.complaint)));
    }

    /// @dev Of a step that does not happen no event is left but that of the entry skipped.
    function _gate(Step memory step, bool happens, Input memory i) private pure {
        Event[] memory events = new Event[](step.events.length + 1);
        for (uint256 k = 0; k < step.events.length; ++k) {
            events[k] = step.events[k];
            events[k].isEmitted = both(events[k].isEmitted, happens);
        }
        events[step.events.length] = _skipped(i.id, i.nonce, step.refusal.selector);
        events[step.events.length].isEmitted = not(happens);
        step.events = events;
    }

    function _batch(uint256 first, uint256 second, Input memory i, Input memory j) private pure returns (bytes memory) {
        IComplaintRegistry.Entry[] memory entries = new IComplaintRegistry.Entry[](2);
        entries[0] = IComplaintRegistry.Entry(i.id, i.data, IComplaintRegistry.EventType(first), i.nonce);
        entries[1] = IComplaintRegistry.Entry(j.id, j.data, IComplaintRegistry.EventType(second), j.nonce);
        return abi.encodeCall(IComplaintRegistry.recordBatch, (entries));
    }
}
