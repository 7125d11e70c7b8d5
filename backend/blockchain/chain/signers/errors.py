"""What can go wrong with signers."""


class SignerError(Exception):
    """There is no usable key, or the signer does not answer. The message does not say what was given."""


class SignerSilent(SignerError):
    """The signer did not answer in time. Asking again at once would take as long again."""
