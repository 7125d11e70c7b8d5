// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {both, either, not, number, pick} from "./Logic.sol";
import {EntryProof} from "./EntryProof.sol";

/// @dev What is open to anyone: objections and escalations.
contract OpenProof is EntryProof {
    struct Objection {
        bytes32 subject;
        address complainant;
        bytes32 data;
        uint8 number_;
        bytes32 r;
        bytes32 s;
        uint8 v;
    }

    function check_objection(World memory w, bytes32 word, Objection memory x) public {
        VM.assume(both(x.complainant != address(registry), x.complainant != address(this)));
        bytes32 id = keccak256(abi.encode(x.subject, x.complainant));
        _arrange(w);
        State memory before = _arrangeComplaint(id, word);
        Refusal memory r = _objectionRefusal(id, before, x);
        Step memory step = _objection(id, before, x.complainant, x.data, w.account, w.time);
        bytes memory signature = abi.encodePacked(x.r, x.s, x.v);
        Outcome memory o = _call(
            w.account,
            abi.encodeCall(IComplaintRegistry.logObjection, (x.subject, x.complainant, x.data, x.number_, signature))
        );
        bytes32 after_ = _load(_slotOf(id));
        assert(_load(FILINGS_SLOT) == w.filings);
        if (o.succeeded) {
            assert(both(both(r.selector == 0, after_ == _encode(step.state)), _areLogs(o.logs, step.events)));
        } else {
            assert(both(_isRefusal(o, r), after_ == word));
        }
    }

    function _objectionRefusal(bytes32 id, State memory before, Objection memory x)
        private
        view
        returns (Refusal memory r)
    {
        bytes32 typeHash = keccak256("Objection(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 number)");
        bytes32 digest = _digest(keccak256(abi.encode(typeHash, genesis, id, x.data, x.number_)));
        bool isSigned = _isSignature(x.complainant, digest, x.r, x.s, x.v);
        _check(r, isSigned, IComplaintRegistry.InvalidSignature.selector, uint160(x.complainant), 0, 0);
        bytes4 selector = IComplaintRegistry.InvalidTransition.selector;
        _check(r, before.status != NONE, selector, uint256(id), before.status, OBJECTED);
        bool isNext = x.number_ == before.objections;
        _check(r, isNext, IComplaintRegistry.StaleNonce.selector, uint256(id), before.objections, x.number_);
        _check(r, before.objections != 255, selector, uint256(id), before.status, OBJECTED);
    }

    function check_escalate(World memory w, bytes32 word, bytes32 id) public {
        _arrange(w);
        State memory before = _arrangeComplaint(id, word);
        Refusal memory r;
        bytes4 selector = IComplaintRegistry.SLANotBreached.selector;
        _check(r, _isDue(before, w.time), selector, uint256(id), before.clock, 0);
        Step memory step = _breaches(id, before, w.account, w.time);
        Outcome memory o = _call(w.account, abi.encodeCall(IComplaintRegistry.checkAndEscalate, (id)));
        bytes32 after_ = _load(_slotOf(id));
        assert(_load(FILINGS_SLOT) == w.filings);
        if (o.succeeded) {
            uint256 level = pick(step.state.escalations < MAX_LEVEL, step.state.escalations, MAX_LEVEL);
            bool isState = both(after_ == _encode(step.state), uint256(bytes32(o.answer)) == level);
            assert(both(both(r.selector == 0, isState), _areLogs(o.logs, step.events)));
        } else {
            assert(both(_isRefusal(o, r), after_ == word));
        }
    }

    /// @dev The same complaint twice: the second time it is not due any more. Never reverts.
    function check_escalateTwice(World memory w, bytes32 word, bytes32 id) public {
        _arrange(w);
        State memory before = _arrangeComplaint(id, word);
        Step memory step = _breaches(id, before, w.account, w.time);
        Outcome memory o = _escalateBoth(w, id, id);
        bool isCount = uint256(bytes32(o.answer)) == _misses(step);
        assert(both(both(o.succeeded, isCount), both(_isState(id, step), _areLogs(o.logs, step.events))));
    }

    /// @dev Two open complaints, each with one miss at most: more of them are the business of the others.
    function check_escalateTwo(World memory w, bytes32[2] memory words, bytes32[2] memory ids) public {
        VM.assume(ids[0] != ids[1]);
        _arrange(w);
        Step memory one = _oneMiss(w, words[0], ids[0]);
        Step memory two = _oneMiss(w, words[1], ids[1]);
        Event[] memory events = new Event[](2);
        (events[0], events[1]) = (one.events[0], two.events[0]);
        Outcome memory o = _escalateBoth(w, ids[0], ids[1]);
        bool isCount;
        unchecked {
            isCount = uint256(bytes32(o.answer)) == _misses(one) + _misses(two);
        }
        bool isState = both(_isState(ids[0], one), _isState(ids[1], two));
        assert(both(both(o.succeeded, isCount), both(isState, _areLogs(o.logs, events))));
    }

    function _oneMiss(World memory w, bytes32 word, bytes32 id) private returns (Step memory) {
        State memory s = _arrangeComplaint(id, word);
        VM.assume(both(s.status == OPEN, both(s.escalations != 0, both(s.clock != 0, s.clock != NEVER))));
        return _breaches(id, s, w.account, w.time);
    }

    function _escalateBoth(World memory w, bytes32 a, bytes32 b) private returns (Outcome memory) {
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = (a, b);
        return _call(w.account, abi.encodeCall(IComplaintRegistry.batchCheckAndEscalate, (ids)));
    }

    function _misses(Step memory step) private pure returns (uint256 misses) {
        unchecked {
            for (uint256 i = 0; i < MAX_LEVEL; ++i) {
                misses += number(step.events[i].isEmitted);
            }
        }
    }

    function _isState(bytes32 id, Step memory step) private view returns (bool) {
        return _load(_slotOf(id)) == _encode(step.state);
    }
}
