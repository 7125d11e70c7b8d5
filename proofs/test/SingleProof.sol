// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {EntryProof} from "./EntryProof.sol";

/// @dev The five functions for one link: each kind, in each status, with any data, role, nonce and time.
contract SingleProof is EntryProof {
    function check_created(World memory w, Input memory i) public {
        _proveSingle(0, w, i);
    }

    function check_assigned(World memory w, Input memory i) public {
        _proveSingle(1, w, i);
    }

    function check_statusUpdated(World memory w, Input memory i) public {
        _proveSingle(2, w, i);
    }

    function check_commented(World memory w, Input memory i) public {
        _proveSingle(3, w, i);
    }

    function check_resolved(World memory w, Input memory i) public {
        _proveSingle(4, w, i);
    }

    function check_rejected(World memory w, Input memory i) public {
        _proveSingle(5, w, i);
    }

    function check_closed(World memory w, Input memory i) public {
        _proveSingle(6, w, i);
    }

    function check_reopened(World memory w, Input memory i) public {
        _proveSingle(7, w, i);
    }

    function check_evidenceAnchored(World memory w, Input memory i) public {
        _proveSingle(8, w, i);
    }

    function check_deadlineSet(World memory w, Input memory i) public {
        _proveSingle(9, w, i);
    }

    function check_paused(World memory w, Input memory i) public {
        VM.assume(i.data == 0); // the function has no such argument
        _proveSingle(10, w, i);
    }

    function check_resumed(World memory w, Input memory i) public {
        VM.assume(i.data == 0); // the function has no such argument
        _proveSingle(11, w, i);
    }

    function check_escalated(World memory w, Input memory i) public {
        _proveSingle(12, w, i);
    }

    function check_objected(World memory w, Input memory i) public {
        _proveSingle(13, w, i);
    }

    function check_erased(World memory w, Input memory i) public {
        _proveSingle(14, w, i);
    }

    function check_noted(World memory w, Input memory i) public {
        _proveSingle(15, w, i);
    }

    /// @dev Four kinds have functions of their own, and are refused here before any role is asked for.
    function check_logTakesItsOwnKinds(World memory w, Input memory i, uint8 kind) public {
        VM.assume(kind >= 8 && kind <= 11);
        State memory before = _arrangeEntry(w, i);
        bytes4 selector = IComplaintRegistry.logComplaintEvent.selector;
        Outcome memory o = _call(w.account, abi.encodeWithSelector(selector, i.id, kind, i.data, i.nonce));
        Refusal memory r;
        _check(r, false, IComplaintRegistry.InvalidTransition.selector, uint256(i.id), before.status, kind);
        assert(_isRefusal(o, r));
    }
}
