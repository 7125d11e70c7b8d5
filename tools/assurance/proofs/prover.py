"""halmos, with two cheat codes more: what a call emitted (`Svm.logsOf`), and where it wrote (`Svm.writesOf`).

Used as `halmos` is, and with the Python of .venv-tools, which has it.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final

from halmos import __main__, cheatcodes
from halmos.bytevec import ByteVec
from halmos.sevm import CallContext, EventLog, StorageWrite
from halmos.utils import uint256

LOGS_OF: Final = 0xDFA09ED7  # selector of logsOf(address)
WRITES_OF: Final = 0xFCFE4EB9  # selector of writesOf(address)


def happened(context: Any, kind: type) -> Iterator[Any]:
    """Events or writes of a call and of the calls that it made, in order; those of a call that reverted are gone."""
    if context.output.error is not None:
        return
    for item in context.trace:
        if isinstance(item, kind):
            yield item
        elif isinstance(item, CallContext):
            yield from happened(item, kind)


def last_call(ex: Any, arg: Any) -> Any:
    """Of the account that the cheat code names."""
    target = int(arg.get_word(4))
    return [call for call in ex.context.subcalls() if target == call.message.target][-1]


def logs_of(ex: Any, arg: Any, **_: Any) -> Any:
    """ABI-encoded `bytes`: of each event of the target's last call the number of topics, the topics and the data."""
    words = ByteVec()
    for log in happened(last_call(ex, arg), EventLog):
        words.append(ByteVec(len(log.topics).to_bytes(32)))
        for topic in log.topics:
            words.append(uint256(topic))
        words.append(log.data)
    return cheatcodes.encode_tuple_bytes(words)


def writes_of(ex: Any, arg: Any, **_: Any) -> Any:
    """ABI-encoded `bytes`: of each write of the target's last call the account and the slot."""
    words = ByteVec()
    for write in happened(last_call(ex, arg), StorageWrite):
        words.append(uint256(write.address))
        words.append(uint256(write.slot))
    return cheatcodes.encode_tuple_bytes(words)


if __name__ == "__main__":
    cheatcodes.halmos_cheat_code.handlers[LOGS_OF] = logs_of
    cheatcodes.halmos_cheat_code.handlers[WRITES_OF] = writes_of
    sys.exit(__main__.main())
