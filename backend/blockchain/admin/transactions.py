"""Transactions, and the relays that send them, in the admin."""

from django.contrib import admin

from blockchain.admin.complaints import TRACKING_ID
from blockchain.common.admin import ReadOnlyAdmin, ReadOnlyInline, hash_column, unit_column, word_column
from blockchain.models import Attempt, RelayLease, Transaction

GWEI = 10**9


class AttemptInline(ReadOnlyInline):
    model = Attempt
    _tx_hash = hash_column("tx_hash", "transaction hash")
    _cancels = word_column("cancels", "purpose", yes="empty transfer in its place", no="as packed")
    _fee = unit_column("max_fee_per_gas", "maximum fee", lambda wei: f"{wei / GWEI:g} gwei per gas")
    _outcome = word_column("succeeded", "outcome", yes="mined", no="reverted")
    fields = ["attempt_number", _tx_hash, _cancels, "gas_limit", _fee, "sent_at", _outcome, "block_number", "gas_used"]
    readonly_fields = [_tx_hash, _cancels, _fee, _outcome]
    show_change_link = False


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    _signer = hash_column("signer", "signer")
    list_display = ["nonce", _signer, "kind", "state", "entries", "skipped", "refusals", "created_at"]
    list_filter = ["state", "kind", "created_at"]
    search_fields = ["attempts__tx_hash__iexact", "signer__iexact", f"writes__complaint__{TRACKING_ID}"]
    search_help_text = "Transaction hash, signer or tracking id"
    # The calldata is left out: it may have 120,000 bytes, and a node shows it too.
    fields = ["signer", "nonce", "kind", "state", "entries", "skipped", "refusals", "refused_because", "created_at"]
    readonly_fields = ["created_at"]
    inlines = [AttemptInline]


@admin.register(RelayLease)
class RelayLeaseAdmin(ReadOnlyAdmin):
    _signer = hash_column("signer", "signer")
    list_display = [_signer, "holder", "last_run_at", "expires_at", "blocked_reason", "stopped_reason"]
