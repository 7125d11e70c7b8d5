// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EntryProof} from "./EntryProof.sol";

/// @dev Entries in a batch and with a signature. They go through the same code as the single calls do, so here are the kinds
/// that a route could treat in another way: one of each role, each refusal that carries arguments, and what is no entry.
contract RouteProof is EntryProof {
    function check_batchCreated(World memory w, Input memory i) public {
        _proveBatch(CREATED, w, i);
    }

    function check_batchEvidenceAnchored(World memory w, Input memory i) public {
        _proveBatch(EVIDENCE_ANCHORED, w, i);
    }

    function check_batchDeadlineSet(World memory w, Input memory i) public {
        _proveBatch(SLA_DEADLINE_SET, w, i);
    }

    function check_batchPaused(World memory w, Input memory i) public {
        _proveBatch(SLA_PAUSED, w, i);
    }

    function check_batchEscalated(World memory w, Input memory i) public {
        _proveBatch(ESCALATED, w, i);
    }

    function check_batchObjected(World memory w, Input memory i) public {
        _proveBatch(OBJECTED, w, i);
    }

    function check_signedCreated(World memory w, Input memory i, Signed memory x) public {
        _proveSigned(CREATED, w, i, x);
    }

    function check_signedRejected(World memory w, Input memory i, Signed memory x) public {
        _proveSigned(5, w, i, x);
    }

    function check_signedResumed(World memory w, Input memory i, Signed memory x) public {
        _proveSigned(SLA_RESUMED, w, i, x);
    }

    function check_signedEscalated(World memory w, Input memory i, Signed memory x) public {
        _proveSigned(ESCALATED, w, i, x);
    }

    function check_signedObjected(World memory w, Input memory i, Signed memory x) public {
        _proveSigned(OBJECTED, w, i, x);
    }
}
