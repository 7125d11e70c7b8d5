"""The admin as a support person uses it: finds, reads, repairs, and can't change or see what is not for them."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from blockchain.models import BlockchainTransaction, ChainEvent, SignedTransaction, SLATracker
from report import services
from tests.outbox.test_transactions import evidence_of

MODELS = [
    "report_issuereport",
    "blockchain_blockchaintransaction",
    "blockchain_signedtransaction",
    "blockchain_chainevent",
    "blockchain_evidencehash",
    "blockchain_slatracker",
]
WRITES = "admin:blockchain_blockchaintransaction_changelist"


@pytest.fixture
def support(db, monkeypatch) -> User:
    monkeypatch.setenv("SUPPORT_PASSWORD", "correct horse battery staple")
    call_command("ensure_user", username="support", password_env="SUPPORT_PASSWORD", support=True, verbosity=0)
    return User.objects.get(username="support")


@pytest.fixture
def support_client(support) -> Client:
    client = Client()
    client.force_login(support)
    return client


@pytest.fixture
def rows(report, staff) -> dict[str, object]:
    """One row of each model."""
    services.comment_create(report_id=report.pk, author=staff, text="We look at it.")
    evidence = evidence_of(report)
    evidence.save()
    tx_hash = "0x" + "cd" * 32
    signed = SignedTransaction.objects.create(
        signer="0x" + "00" * 20,
        nonce=0,
        tx_hash=tx_hash,
        raw="0x00",
        gas_limit=1,
        max_fee_per_gas=1,
        max_priority_fee_per_gas=1,
    )
    write = report.writes.get(order=1)
    report.writes.filter(pk=write.pk).update(state="failed", tx_hash=tx_hash, signed_transaction=signed)
    event = ChainEvent.objects.create(
        complaint_id=report.complaint_id,
        sequence=1,
        event_type=0,
        actor="0x" + "00" * 20,
        timestamp=1,
        data_hash="0x" + "11" * 32,
        tx_hash=tx_hash,
        block_number=1,
        block_hash="0x" + "22" * 32,
        log_index=0,
    )
    clock = SLATracker.objects.create(report=report, level=1)
    return dict(zip(MODELS, [report, write, signed, event, evidence, clock], strict=True))


def run(client: Client, action: str, writes, **data):
    body = {"action": action, "_selected_action": [write.pk for write in writes], **data}
    return client.post(reverse(WRITES), body, follow=True)


@pytest.mark.parametrize("model", MODELS)
def test_pages__support__list_and_detail_without_salts_and_without_a_form(rows, report, support_client, model):
    listed = support_client.get(reverse(f"admin:{model}_changelist"))
    detail = support_client.get(reverse(f"admin:{model}_change", args=[rows[model].pk]))
    assert (listed.status_code, detail.status_code) == (200, 200)
    salts = [report.complaint_salt, *report.writes.exclude(salt="").values_list("salt", flat=True)]
    assert not any(salt in detail.content.decode() for salt in salts)
    assert b'name="_save"' not in detail.content


@pytest.mark.parametrize("model", MODELS)
def test_pages__superuser__can_neither_add_nor_change_nor_delete(rows, admin_client, model):
    pk = rows[model].pk
    assert admin_client.get(reverse(f"admin:{model}_add")).status_code == 403
    assert admin_client.post(reverse(f"admin:{model}_change", args=[pk]), {"state": "confirmed"}).status_code == 403
    assert admin_client.post(reverse(f"admin:{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [model for model in MODELS if model != "blockchain_signedtransaction"])
def test_search__tracking_id__finds_what_belongs_to_it(rows, report, other_complainant, support_client, model):
    other = services.report_create(user=other_complainant, issue_title="x", location="x", issue_description="x")
    SLATracker.objects.create(report=other)
    url = reverse(f"admin:{model}_changelist")
    changelist = support_client.get(url, {"q": report.tracking_id.lower()}).context["cl"]
    assert rows[model].pk in [row.pk for row in changelist.queryset]
    assert support_client.get(url, {"q": "0123456789AB"}).context["cl"].queryset.count() == 0


def test_search__transaction_hash__finds_the_write(rows, support_client):
    found = support_client.get(reverse(WRITES), {"q": "0x" + "CD" * 32}).context["cl"].queryset
    assert [write.order for write in found] == [1]


def test_filter__state__failed_only(rows, support_client):
    found = support_client.get(reverse(WRITES), {"state__exact": "failed"}).context["cl"].queryset
    assert [write.order for write in found] == [1]


def test_retry__support__failed_writes_only(rows, report, support_client):
    response = run(support_client, "retry", report.writes.all())
    assert b"1 put back into the queue." in response.content
    assert b"3 left alone: not failed." in response.content
    assert not BlockchainTransaction.objects.filter(state="failed").exists()


def test_supersede__support__asks_for_a_reason_and_keeps_it(rows, report, support, support_client):
    failed = report.writes.filter(state="failed")
    asked = run(support_client, "supersede", failed)
    assert b'name="reason"' in asked.content
    assert b"A reason is needed" in run(support_client, "supersede", failed, confirmed="yes", reason=" ").content
    assert failed.exists()
    done = run(support_client, "supersede", failed, confirmed="yes", reason="Filed by mistake")
    assert b"1 superseded." in done.content
    write = report.writes.get(order=1)
    assert (write.state, write.superseded_reason, write.superseded_by) == ("superseded", "Filed by mistake", support)


@pytest.mark.parametrize("action", ["retry", "supersede"])
def test_repair__staff_without_the_permission__not_offered_and_not_done(rows, report, support, support_client, action):
    support.groups.get().permissions.remove(
        *support.groups.get().permissions.filter(codename=f"{action}_write"),
    )
    run(support_client, action, report.writes.all(), confirmed="yes", reason="x")
    assert report.writes.filter(state="failed").count() == 1
    assert f'value="{action}"' not in support_client.get(reverse(WRITES)).content.decode()


def test_pages__complainant_or_nobody__sent_to_the_login(rows, complainant):
    client = Client()
    for _ in range(2):
        assert client.get(reverse(WRITES)).status_code == 302
        client.force_login(complainant)


def test_tokens__superuser__not_shown(admin_client):
    assert b"utstanding" not in admin_client.get(reverse("admin:index")).content


def test_users__superuser__opaque_id_is_shown_and_fixed(complainant, admin_client):
    page = admin_client.get(reverse("admin:accounts_user_change", args=[complainant.pk])).content.decode()
    assert str(complainant.opaque_id) in page
    assert 'name="opaque_id"' not in page
