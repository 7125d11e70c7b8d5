"""halmos, with one cheat code more: `Svm.logsOf` shows a proof what a call emitted.

Used as `halmos` is, and with the Python of .venv-tools, which has it.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final

from halmos import __main__, cheatcodes
from halmos.bytevec import ByteVec
from halmos.sevm import CallContext, EventLog
from halmos.utils import uint256

LOGS_OF: Final = 0xDFA09ED7  # selector of logsOf(address)


def emitted(context: Any) -> Iterator[Any]:
    """Events of a call and of the calls that it made, in order; those of a call that reverted are gone."""
    if context.output.error is not None:
        return
    for item in context.trace:
        if isinstance(item, EventLog):
            yield item
        elif isinstance(item, CallContext):
            yield from emitted(item)


def logs_of(ex: Any, arg: Any, **_: Any) -> Any:
    """ABI-encoded `bytes`: of each event of the target's last call the number of topics, the topics and the data."""
    target = int(arg.get_word(4))
    calls = [call for call in ex.context.subcalls() if target == call.message.target]
    words = ByteVec()
    for log in emitted(calls[-1]):
        words.append(ByteVec(len(log.topics).to_bytes(32)))
        for topic in log.topics:
            words.append(uint256(topic))
        words.append(log.data)
    return cheatcodes.encode_tuple_bytes(words)


if __name__ == "__main__":
    cheatcodes.halmos_cheat_code.handlers[LOGS_OF] = logs_of
    sys.exit(__main__.main())
