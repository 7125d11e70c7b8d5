// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {both, either, least, not, number, pick} from "./Logic.sol";

/// @dev What the specification says that a call does, written anew: it shares no code with the contract, and computes with
/// plain numbers where the contract packs bits.
abstract contract Specification {
    uint256 internal constant NONE = 0;
    uint256 internal constant OPEN = 1;
    uint256 internal constant NEVER = 2 ** 32 - 1;
    uint256 internal constant LAST_NONCE = 2 ** 24 - 512;

    // The numbers of the kinds of link that have a rule of their own.
    uint256 internal constant CREATED = 0;
    uint256 internal constant EVIDENCE_ANCHORED = 8;
    uint256 internal constant SLA_DEADLINE_SET = 9;
    uint256 internal constant SLA_PAUSED = 10;
    uint256 internal constant SLA_RESUMED = 11;
    uint256 internal constant ESCALATED = 12;
    uint256 internal constant OBJECTED = 13;

    /// @dev The parameters of the deployment: any that the constructor takes, but for the highest level.
    uint8 internal constant MAX_LEVEL = 2;
    uint32 internal interval;
    uint32 internal defaultSLA;
    bytes22 internal genesis;

    /// @dev 80 fields of three bits: the status after a link of kind `k` in status `s` is field `5 k + s`; 0: forbidden.
    uint256 private _table;

    struct State {
        uint256 head;
        uint256 links;
        uint256 clock;
        uint256 status;
        uint256 escalations;
        uint256 objections;
    }

    /// @dev A recorder's link to be.
    struct Link {
        bytes32 id;
        uint256 kind;
        address actor;
        bytes32 data;
        uint256 nonce;
        bool isAnchored; // whether `data` is, as evidence
        address sender;
        uint256 time;
    }

    /// @dev The error that the first failed check names; selector 0: none.
    struct Refusal {
        uint256 selector;
        uint256 a;
        uint256 b;
        uint256 c;
    }

    /// @dev An event that may have been emitted, as `Svm.logsOf` gives it.
    struct Event {
        bool isEmitted;
        bytes words;
    }

    /// @dev What a call does to one complaint: nothing if refused.
    struct Step {
        Refusal refusal;
        State state;
        Event[] events;
    }

    /// @dev The table of the specification. Columns: NONE, OPEN, ON_HOLD, RESOLVED, CLOSED.
    function _writeTable() internal {
        bytes memory rows = bytes.concat(
            bytes.concat("O----", "-OH--", "-OH--", "-OHR-"), // CREATED, ASSIGNED, STATUS_UPDATED, COMMENTED
            bytes.concat("-RR--", "-RR--", "-CCC-", "---OO"), // RESOLVED, REJECTED, CLOSED, REOPENED
            bytes.concat("-OHR-", "-O---", "-H---", "--O--"), // EVIDENCE_ANCHORED, SLA_DEADLINE_SET, _PAUSED, _RESUMED
            bytes.concat("-----", "-----", "-OHRC", "-OHRC") // by no entry: ESCALATED, OBJECTED; ERASED, NOTED
        );
        bytes memory letters = "-OHRC";
        uint256 table;
        for (uint256 i = 0; i < rows.length; ++i) {
            for (uint256 status = 0; status < letters.length; ++status) {
                if (rows[i] == letters[status]) table |= status << (3 * i);
            }
        }
        _table = table;
    }

    function _transition(uint256 kind, uint256 status) internal view returns (uint256) {
        unchecked {
            return _table >> (3 * (5 * kind + status)) & 7;
        }
    }

    function _nonce(State memory s) internal pure returns (uint256) {
        unchecked {
            return s.links - s.escalations - s.objections;
        }
    }

    function _isDue(State memory s, uint256 time) internal pure returns (bool) {
        return both(both(s.status == OPEN, s.clock != 0), both(s.clock < time, s.clock != NEVER));
    }

    /// @dev What an entry does, once its type and role are found good. `r`: what stands against it already.
    function _entry(Refusal memory r, Link memory link, State memory before) internal view returns (Step memory step) {
        uint256 to = _transition(link.kind, before.status);
        step = _breaches(link.id, before, link.sender, link.time);
        step.refusal = r;
        bool isHold = either(link.kind == SLA_PAUSED, link.kind == SLA_RESUMED);
        _checkNonceAndTransition(r, link, before, to);
        _checkArguments(r, link, step.state, isHold);
        State memory s = step.state;
        uint256 clock = pick(link.kind == CREATED, defaultSLA, s.clock);
        clock = _clockAfter(s.status, to, clock, link.time);
        s.clock = pick(link.kind == SLA_DEADLINE_SET, uint256(link.data), clock);
        s.status = to;
        uint256 data = pick(isHold, s.clock, uint256(link.data));
        step.events[MAX_LEVEL] = _append(s, link.id, link.kind, link.actor, link.time, data);
    }

    function _checkNonceAndTransition(Refusal memory r, Link memory link, State memory before, uint256 to)
        private
        pure
    {
        (uint256 id, uint256 nonce) = (uint256(link.id), _nonce(before));
        _check(r, link.nonce == nonce, IComplaintRegistry.StaleNonce.selector, id, nonce, link.nonce);
        bool isLawful = both(to != NONE, link.nonce <= LAST_NONCE);
        _check(r, isLawful, IComplaintRegistry.InvalidTransition.selector, id, before.status, link.kind);
    }

    /// @dev `s`: the state once the breaches are recorded.
    function _checkArguments(Refusal memory r, Link memory link, State memory s, bool isHold) private pure {
        (uint256 id, uint256 data) = (uint256(link.id), uint256(link.data));
        bool isDouble = both(link.kind == EVIDENCE_ANCHORED, link.isAnchored);
        _check(r, not(isDouble), IComplaintRegistry.EvidenceAlreadyAnchored.selector, id, data, 0);
        bool isInRange;
        unchecked {
            isInRange = both(both(data >= 1, data <= NEVER - 1), data <= link.time + 3650 days);
        }
        bool isSettable = either(link.kind != SLA_DEADLINE_SET, both(isInRange, s.escalations != 255));
        _check(r, isSettable, IComplaintRegistry.DeadlineOutOfRange.selector, id, data, 0);
        _check(r, not(both(isHold, data != 0)), IComplaintRegistry.InvalidParameter.selector, 0, 0, 0);
    }

    /// @dev One link for each missed deadline, in front of whatever else the call writes.
    function _breaches(bytes32 id, State memory before, address sender, uint256 time)
        internal
        view
        returns (Step memory step)
    {
        State memory s = _copy(before);
        step.events = new Event[](MAX_LEVEL + 1);
        for (uint256 i = 0; i < MAX_LEVEL; ++i) {
            bool isDue = _isDue(s, time);
            State memory next = _copy(s);
            unchecked {
                ++next.escalations;
                uint256 level = least(next.escalations, MAX_LEVEL);
                next.clock = pick(level < MAX_LEVEL, _saturated(s.clock + interval), 0);
                step.events[i] = _append(next, id, ESCALATED, sender, time, level << 64 | s.clock << 32 | next.clock);
            }
            step.events[i].isEmitted = isDue;
            s = _pick(isDue, next, s);
        }
        step.state = s;
    }

    /// @dev An objection that nothing stands against.
    function _objection(bytes32 id, State memory before, address actor, bytes32 data, address sender, uint256 time)
        internal
        view
        returns (Step memory step)
    {
        step = _breaches(id, before, sender, time);
        unchecked {
            step.state.objections += 1;
        }
        step.events[MAX_LEVEL] = _append(step.state, id, OBJECTED, actor, time, uint256(data));
    }

    /// @dev Adds the link to `s` and gives its event.
    function _append(State memory s, bytes32 id, uint256 kind, address actor, uint256 time, uint256 data)
        internal
        view
        returns (Event memory)
    {
        uint256 head = pick(s.links == 0, uint256(bytes32(genesis)), s.head);
        unchecked {
            s.links += 1;
        }
        s.head = uint256(keccak256(abi.encode(head, id, s.links, kind, actor, time, data))) >> 80 << 80;
        bytes32 signature = keccak256("LinkAppended(bytes32,uint8,address,uint24,uint40,bytes32)");
        return Event(true, abi.encode(4, signature, id, kind, actor, s.links, time, data));
    }

    /// @dev A clock runs while OPEN; otherwise the seconds left stand.
    function _clockAfter(uint256 from, uint256 to, uint256 clock, uint256 time) private pure returns (uint256 after_) {
        unchecked {
            after_ = pick(both(from == OPEN, to != OPEN), pick(clock > time, clock - time, 1), clock);
            after_ = pick(both(from != OPEN, to == OPEN), _saturated(time + clock), after_);
            return pick(clock == 0, 0, after_);
        }
    }

    function _saturated(uint256 time) private pure returns (uint256) {
        return least(time, NEVER);
    }

    /// @dev The first check that fails names the error.
    function _check(Refusal memory r, bool isGood, bytes4 selector, uint256 a, uint256 b, uint256 c) internal pure {
        bool isFirst = both(r.selector == 0, not(isGood));
        r.selector = pick(isFirst, uint32(selector), r.selector);
        r.a = pick(isFirst, a, r.a);
        r.b = pick(isFirst, b, r.b);
        r.c = pick(isFirst, c, r.c);
    }

    function _copy(State memory s) internal pure returns (State memory) {
        return State(s.head, s.links, s.clock, s.status, s.escalations, s.objections);
    }

    function _pick(bool condition, State memory yes, State memory no) internal pure returns (State memory) {
        return State(
            pick(condition, yes.head, no.head),
            pick(condition, yes.links, no.links),
            pick(condition, yes.clock, no.clock),
            pick(condition, yes.status, no.status),
            pick(condition, yes.escalations, no.escalations),
            pick(condition, yes.objections, no.objections)
        );
    }
}
