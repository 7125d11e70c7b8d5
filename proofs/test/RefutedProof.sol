// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {Proof} from "./Proof.sol";

/// @dev Claims that are false: the prover must find a counterexample to each of them, or the proofs beside it would be
/// empty (an assumption that nothing satisfies proves everything).
contract RefutedProof is Proof {
    function _neverSucceeds(Input memory input, Call kind) private {
        VM.assume(input.kind == kind);
        assert(!_run(input).succeeded);
    }

    function refute_logNeverSucceeds(Input memory input) public {
        _neverSucceeds(input, Call.LOG);
    }

    function refute_signedLogNeverSucceeds(Input memory input) public {
        _neverSucceeds(input, Call.LOG_SIGNED);
    }

    function refute_anchorNeverSucceeds(Input memory input) public {
        _neverSucceeds(input, Call.ANCHOR);
    }

    function refute_setDeadlineNeverSucceeds(Input memory input) public {
        _neverSucceeds(input, Call.SET_DEADLINE);
    }

    function refute_pauseNeverSucceeds(Input memory input) public {
        _neverSucceeds(input, Call.PAUSE);
    }

    function refute_resumeNeverSucceeds(Input memory input) public {
        _neverSucceeds(input, Call.RESUME);
    }

    function refute_escalateNeverSucceeds(Input memory input) public {
        _neverSucceeds(input, Call.ESCALATE);
    }

    function refute_batchNeverEscalatesTwice(Input memory input) public {
        VM.assume(input.kind == Call.ESCALATE_BATCH);
        Outcome memory o = _run(input);
        assert(o.then_.escalationLevel < o.before.escalationLevel + 2);
    }

    function refute_openComplaintStaysOpen(Input memory input) public {
        Outcome memory o = _run(input);
        assert(o.before.status != IComplaintRegistry.Status.OPEN || o.then_.status == o.before.status);
    }

    function refute_clockNeverRestarts(Input memory input) public {
        Outcome memory o = _run(input);
        bool restarted = o.before.status == IComplaintRegistry.Status.CLOSED && o.before.slaDeadline > 0
            && o.then_.status == IComplaintRegistry.Status.OPEN;
        assert(!restarted);
    }

    function refute_levelNeverRises(Input memory input) public {
        Outcome memory o = _run(input);
        assert(o.then_.escalationLevel == o.before.escalationLevel);
    }
}
