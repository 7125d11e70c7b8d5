"""Storage proofs of the contract's state, from which receipts are made: `docs/specification.md` 5.8."""

from django.db import models


class ProofBlock(models.Model):
    """A block under whose header slots were proved; it is shown to nobody before it is final."""

    class State(models.TextChoices):
        CANDIDATE = "candidate"  # not final yet, may be reorganised away
        PUBLISHED = "published"  # final: its proofs are in receipts

    hash = models.CharField(max_length=66, unique=True)
    number = models.BigIntegerField()
    # Unix seconds, as the header says.
    time = models.BigIntegerField()
    # RLP of the header; and the RLP of the list of nodes that prove the contract's account.
    header = models.BinaryField()
    account = models.BinaryField()
    state = models.CharField(max_length=9, choices=State, default=State.CANDIDATE)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["state", "number"], name="proof_block_state")]

    def __str__(self) -> str:
        return f"block {self.number} ({self.state})"


class SlotProof(models.Model):
    """The nodes that prove one storage slot of the contract in one block."""

    class Of(models.TextChoices):
        COMPLAINT = "complaint"  # its head, count, status and clock
        EVIDENCE = "evidence"  # the anchor of one file of a complaint
        REGISTRY = "registry"  # the chain of all filings
        ROLE = "role"  # whether an account has a role

    block = models.ForeignKey(ProofBlock, on_delete=models.CASCADE, related_name="slots")
    of = models.CharField(max_length=9, choices=Of)
    # Of a complaint or its evidence: the complaint's id, and the evidence's commitment, 32 bytes of `0x` hex each.
    complaint_id = models.CharField(max_length=66, blank=True)
    data = models.CharField(max_length=66, blank=True)
    # Of a role: its name, and an address in lower case.
    role = models.CharField(max_length=16, blank=True)
    account = models.CharField(max_length=42, blank=True)
    # RLP of the list of nodes.
    nodes = models.BinaryField()
    # Of a complaint: the number of its links that the slot shows.
    event_count = models.PositiveIntegerField(default=0)
    # Whether a receipt with it was handed out: then it stays.
    handed_out = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["block", "of", "complaint_id", "data", "role", "account"], name="slot_proof_once"
            ),
        ]
        indexes = [models.Index(fields=["complaint_id", "of", "event_count"], name="slot_proof_complaint")]

    def __str__(self) -> str:
        return f"{self.of} {self.complaint_id or self.account}"
