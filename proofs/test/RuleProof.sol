// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {both, either, not, number, pick} from "./Logic.sol";
import {Proof} from "./Proof.sol";

/// @dev What follows from `Specification`, and so for the contract, which the other proofs show to do exactly that.
contract RuleProof is Proof {
    struct Case {
        bytes32 complaint;
        bytes32 id;
        uint8 kind;
        bytes32 data;
        uint24 nonce;
        bool isAnchored;
        uint40 time;
        address actor;
        address sender;
    }

    /// @dev The assumption about the state before holds after: all proofs are steps of an induction.
    function check_invariantIsKept(Case memory c) public view {
        (State memory before, Step memory step) = _recorded(c);
        assert(_isReachable(step.state));
        assert(_isReachable(_breaches(c.id, before, c.sender, c.time).state));
        assert(either(either(before.status == NONE, before.objections == 255), _isReachable(_objected(c, before))));
    }

    /// @dev Rule 1: a link for each miss, and one.
    function check_appendOnly(Case memory c) public view {
        (State memory before, Step memory step) = _recorded(c);
        unchecked {
            assert(step.state.links == before.links + step.state.escalations - before.escalations + 1);
            State memory s = _breaches(c.id, before, c.sender, c.time).state;
            assert(s.links == before.links + s.escalations - before.escalations);
        }
    }

    /// @dev Rule 2: an entry moves the nonce by one; escalations and objections, which are open to anyone, do not.
    function check_nonceIsTheRecorders(Case memory c) public view {
        (State memory before, Step memory step) = _recorded(c);
        unchecked {
            assert(both(_nonce(before) == c.nonce, _nonce(step.state) == uint256(c.nonce) + 1));
        }
        assert(_nonce(_breaches(c.id, before, c.sender, c.time).state) == _nonce(before));
        assert(_nonce(_objected(c, before)) == _nonce(before));
    }

    /// @dev Rule 5: each missed deadline is on record before anything else happens, and is so once.
    function check_noBreachIsLost(Case memory c) public view {
        (State memory before, Step memory step) = _recorded(c);
        State memory s = _breaches(c.id, before, c.sender, c.time).state;
        uint256 misses;
        unchecked {
            bool isSecond = both(before.escalations == 0, before.clock + interval < c.time);
            isSecond = both(isSecond, before.clock + interval < NEVER);
            misses = pick(_isDue(before, c.time), 1 + number(isSecond), 0);
            assert(s.escalations == before.escalations + misses);
        }
        assert(step.state.escalations == s.escalations);
        assert(not(_isDue(s, c.time)));
    }

    /// @dev Rule 4: a deadline, or what is left of it, goes away by a miss at the highest level only.
    function check_clockIsNeverWiped(Case memory c) public view {
        (State memory before, Step memory step) = _recorded(c);
        bool isEnd = both(step.state.escalations > before.escalations, step.state.escalations >= MAX_LEVEL);
        assert(either(either(before.clock == 0, isEnd), step.state.clock != 0));
    }

    /// @dev Rule 3: the table once more, as one would say it.
    function check_lifecycle(Case memory c) public view {
        (State memory before, Step memory step) = _recorded(c);
        (uint256 from, uint256 to) = (before.status, step.state.status);
        assert(to != NONE);
        assert(either(from == NONE, c.kind != CREATED));
        assert(either(from != NONE, both(c.kind == CREATED, to == OPEN)));
        assert(either(from != 4, either(to == 4, both(c.kind == 7, to == OPEN))));
        assert(either(from != 4, either(c.kind == 7, c.kind >= 14)));
        assert(either(c.kind != SLA_PAUSED, both(from == OPEN, to == 2)));
        assert(either(c.kind != SLA_RESUMED, both(from == 2, to == OPEN)));
        assert(either(c.kind < 14, to == from));
        assert(either(to != 4, either(from == 4, c.kind == 6)));
    }

    /// @dev Rule: an entry in the order of nonces is refused for its status or its arguments alone, never for a breach.
    function check_onlyALastMissRefusesADeadline(Case memory c) public view {
        State memory before = _decode(c.complaint);
        VM.assume(_isReachable(before));
        VM.assume(both(before.status == OPEN, both(c.nonce == _nonce(before), c.nonce <= LAST_NONCE)));
        c.kind = uint8(SLA_DEADLINE_SET);
        bool isInRange = both(uint256(c.data) >= 1, both(uint256(c.data) < NEVER, uint256(c.data) <= c.time));
        bool isLast = both(before.escalations == 254, _isDue(before, c.time));
        isLast = either(isLast, before.escalations == 255);
        Refusal memory r;
        Step memory step = _entry(r, _link(c), before);
        assert(either(not(isInRange), (step.refusal.selector == 0) != isLast));
    }

    function _recorded(Case memory c) private view returns (State memory before, Step memory step) {
        VM.assume(both(c.kind < 16, both(c.kind != ESCALATED, c.kind != OBJECTED)));
        before = _decode(c.complaint);
        VM.assume(_isReachable(before));
        Refusal memory r;
        step = _entry(r, _link(c), before);
        VM.assume(step.refusal.selector == 0);
    }

    function _link(Case memory c) private pure returns (Link memory) {
        return Link(c.id, c.kind, c.actor, c.data, c.nonce, c.isAnchored, c.sender, c.time);
    }

    function _objected(Case memory c, State memory before) private view returns (State memory s) {
        s = _objection(c.id, before, c.actor, c.data, c.sender, c.time).state;
    }
}
