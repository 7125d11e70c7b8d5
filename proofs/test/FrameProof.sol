// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IComplaintRegistry} from "../../contracts/interfaces/IComplaintRegistry.sol";
import {both, either, not, number} from "./Logic.sol";
import {Proof} from "./Proof.sol";

/// @dev What a call that succeeds leaves as it was: other complaints, other evidence, who has which role, the admin.
contract FrameProof is Proof {
    struct Frame {
        bytes32 complaint;
        bytes32 id;
        bytes32 data;
        uint24 nonce;
        bytes32 otherId;
        bytes32 otherWord;
        bytes32 evidenceId;
        bytes32 evidenceHash;
        bytes32 evidenceWord;
        bytes32 role;
        address holder;
    }

    function check_filing(World memory w, Frame memory f) public {
        _prove(
            w,
            f,
            abi.encodeCall(
                IComplaintRegistry.logComplaintEvent, (f.id, IComplaintRegistry.EventType.CREATED, f.data, f.nonce)
            )
        );
    }

    function check_anchoring(World memory w, Frame memory f) public {
        VM.assume(either(f.evidenceId != f.id, f.evidenceHash != f.data));
        _prove(w, f, abi.encodeCall(IComplaintRegistry.anchorEvidence, (f.id, f.data, f.nonce)));
    }

    function check_pausing(World memory w, Frame memory f) public {
        _prove(w, f, abi.encodeCall(IComplaintRegistry.pauseSLA, (f.id, f.nonce)));
    }

    function check_settingADeadline(World memory w, Frame memory f) public {
        _prove(w, f, abi.encodeCall(IComplaintRegistry.setSLADeadline, (f.id, uint256(f.data), f.nonce)));
    }

    function check_escalation(World memory w, Frame memory f) public {
        _prove(w, f, abi.encodeCall(IComplaintRegistry.checkAndEscalate, (f.id)));
    }

    function check_objection(
        World memory w,
        Frame memory f,
        bytes32 subject,
        address by,
        uint8 number_,
        bytes32[2] memory rs
    ) public {
        VM.assume(by != address(registry));
        VM.assume(f.id == keccak256(abi.encode(subject, by)));
        bytes memory signature = abi.encodePacked(rs[0], rs[1], uint8(27));
        _prove(w, f, abi.encodeCall(IComplaintRegistry.logObjection, (subject, by, f.data, number_, signature)));
    }

    function _prove(World memory w, Frame memory f, bytes memory data) private {
        VM.assume(f.otherId != f.id);
        _arrange(w);
        _arrangeComplaint(f.id, f.complaint);
        _store(_slotOf(f.otherId), f.otherWord);
        _store(_evidenceSlotOf(f.evidenceId, f.evidenceHash), f.evidenceWord);
        bytes32 had = _load(_roleSlotOf(f.role, f.holder));
        bytes32[2] memory admin = [_load(bytes32(uint256(1))), _load(bytes32(uint256(2)))];
        Outcome memory o = _call(w.account, data);
        if (!o.succeeded) return; // and all is as it was, since it reverted
        bool isFrame = both(_load(_slotOf(f.otherId)) == f.otherWord, _load(_roleSlotOf(f.role, f.holder)) == had);
        bool isEvidence = _load(_evidenceSlotOf(f.evidenceId, f.evidenceHash)) == f.evidenceWord;
        bool isAdmin = both(_load(bytes32(uint256(1))) == admin[0], _load(bytes32(uint256(2))) == admin[1]);
        assert(both(both(isFrame, isEvidence), isAdmin));
    }
}
