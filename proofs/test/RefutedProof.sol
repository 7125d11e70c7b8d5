// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {both, number} from "./Logic.sol";
import {EntryProof} from "./EntryProof.sol";

/// @dev Claims that are false: the prover must find a counterexample to each of them, or the proofs beside it would be
/// empty (an assumption that nothing satisfies proves everything).
contract RefutedProof is EntryProof {
    function refute_nothingIsEverFiled(World memory w, Input memory i) public {
        assert(!_single(CREATED, w, i).succeeded);
    }

    function refute_nothingIsEverReopened(World memory w, Input memory i) public {
        assert(!_single(7, w, i).succeeded);
    }

    function refute_noHoldRecordsTwoBreaches(World memory w, Input memory i) public {
        State memory before = _arrangeEntry(w, i);
        _call(w.account, abi.encodeCall(IComplaintRegistry.pauseSLA, (i.id, i.nonce)));
        assert(_decode(_load(_slotOf(i.id))).escalations < before.escalations + 2);
    }

    function refute_evidenceIsNeverAnchored(World memory w, Input memory i) public {
        _arrangeEntry(w, i);
        assert(!_call(w.account, abi.encodeCall(IComplaintRegistry.anchorEvidence, (i.id, i.data, i.nonce))).succeeded);
    }

    function refute_noDeadlineIsEverSet(World memory w, Input memory i) public {
        _arrangeEntry(w, i);
        bytes memory call = abi.encodeCall(IComplaintRegistry.setSLADeadline, (i.id, uint256(i.data), i.nonce));
        assert(!_call(w.account, call).succeeded);
    }

    function refute_batchesRecordAll(World memory w, Input memory i) public {
        _arrangeEntry(w, i);
        IComplaintRegistry.Entry[] memory entries = new IComplaintRegistry.Entry[](1);
        entries[0] = IComplaintRegistry.Entry(i.id, i.data, IComplaintRegistry.EventType.NOTED, i.nonce);
        Outcome memory o = _call(w.account, abi.encodeCall(IComplaintRegistry.recordBatch, (entries)));
        assert(!o.succeeded || uint256(bytes32(o.answer)) == 1);
    }

    function refute_noSignatureIsGood(World memory w, Input memory i, Signed memory x) public {
        VM.assume(w.account != address(registry));
        _arrangeEntry(w, i);
        assert(!_call(x.sender, _signedCall(15, w, i, x)).succeeded);
    }

    function refute_nothingIsEverEscalated(World memory w, Input memory i) public {
        _arrangeEntry(w, i);
        assert(!_call(w.account, abi.encodeCall(IComplaintRegistry.checkAndEscalate, (i.id))).succeeded);
    }

    function refute_nobodyEverObjects(World memory w, Input memory i, bytes32 subject, uint8 number_, Signed memory x)
        public
    {
        VM.assume(w.account != address(registry));
        i.id = keccak256(abi.encode(subject, w.account));
        _arrangeEntry(w, i);
        bytes memory signature = abi.encodePacked(x.r, x.s, x.v);
        bytes memory call =
            abi.encodeCall(IComplaintRegistry.logObjection, (subject, w.account, i.data, number_, signature));
        assert(!_call(x.sender, call).succeeded);
    }

    function _single(uint256 kind, World memory w, Input memory i) private returns (Outcome memory) {
        _arrangeEntry(w, i);
        bytes4 selector = IComplaintRegistry.logComplaintEvent.selector;
        return _call(w.account, abi.encodeWithSelector(selector, i.id, kind, i.data, i.nonce));
    }
}
