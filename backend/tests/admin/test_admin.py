"""The admin as a support person uses it: finds, reads, repairs, and can't change or see what is not for them."""

import re

import pytest
from django.core.management import call_command
from django.db.transaction import atomic
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from blockchain.models import (
    Attempt,
    ChainEvent,
    ChainState,
    Complaint,
    EvidenceFile,
    Objection,
    RelayLease,
    Transaction,
    Write,
)
from blockchain.protocol.kinds import EventType
from blockchain.recording import File, record
from report import services

MODELS = [
    "report_issuereport",
    "complaint_registry_complaint",
    "complaint_registry_write",
    "complaint_registry_transaction",
    "complaint_registry_chainevent",
    "complaint_registry_evidencefile",
    "complaint_registry_objection",
    "complaint_registry_relaylease",
]
# Those that belong to no report.
ELSEWHERE = {"complaint_registry_relaylease"}
WRITES = "admin:complaint_registry_write_changelist"


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
    """One row of each model. The report's writes: CREATED (failed), COMMENTED, EVIDENCE_ANCHORED."""
    services.comment_create(report_id=report.pk, author=staff, text="We look at it.")
    complaint = report.complaint
    with atomic():
        anchoring = record(
            complaint=complaint,
            event_type=EventType.EVIDENCE_ANCHORED,
            by="somebody",
            evidence=File(sha256="00" * 32, cid="bafk", size=1, media_type="", name=""),
        )
    evidence = EvidenceFile.objects.create(
        complaint=complaint,
        uploaded_by=staff,
        ipfs_cid="bafk",
        cid_parameters={},
        file_hash="00" * 32,
        size=1,
        write=anchoring,
    )
    tx_hash, signer = "0x" + "cd" * 32, "0x" + "00" * 20
    sent = Transaction.objects.create(signer=signer, nonce=0, kind="record", data="0x00", entries=1)
    Attempt.objects.create(
        transaction=sent, tx_hash=tx_hash, raw="0x00", gas_limit=1, max_fee_per_gas=1, max_priority_fee_per_gas=1
    )
    Write.objects.filter(nonce=0).update(state="failed", tx_hash=tx_hash, transaction=sent)
    event = ChainEvent.objects.create(
        complaint_id=complaint.complaint_id,
        sequence=1,
        event_type=0,
        actor=signer,
        timestamp=1,
        data="0x" + "11" * 32,
        tx_hash=tx_hash,
        block_number=1,
        block_hash="0x" + "22" * 32,
        log_index=0,
    )
    ChainState.objects.create(complaint=complaint, head="0x" + "33" * 22, event_count=1, status=1)
    objection = Objection.objects.create(
        complaint=complaint,
        number=0,
        data="0x" + "44" * 32,
        salt="0x" + "55" * 32,
        payload={"objection": "Nobody called me."},
        signature="0x" + "66" * 65,
        transaction=sent,
    )
    lease = RelayLease.objects.create(signer=signer, holder="x", expires_at=timezone.now(), last_run_at=timezone.now())
    write = Write.objects.get(nonce=0)
    return dict(zip(MODELS, [report, complaint, write, sent, event, evidence, objection, lease], strict=True))


def run(client: Client, action: str, writes, **data):
    body = {"action": action, "_selected_action": [write.pk for write in writes], **data}
    return client.post(reverse(WRITES), body, follow=True)


@pytest.mark.parametrize("model", MODELS)
def test_pages__support__list_and_detail_without_salts_and_without_a_form(rows, report, support_client, model):
    listed = support_client.get(reverse(f"admin:{model}_changelist"))
    detail = support_client.get(reverse(f"admin:{model}_change", args=[rows[model].pk]))
    assert (listed.status_code, detail.status_code) == (200, 200)
    complaint = report.complaint
    salts = [complaint.salt]
    salts += [salt for rows in (complaint.writes, complaint.objections) for salt in rows.values_list("salt", flat=True)]
    assert len(salts) == 5
    assert not any(salt in detail.content.decode() for salt in salts)
    assert b'name="_save"' not in detail.content


@pytest.mark.parametrize("model", MODELS)
def test_pages__superuser__can_neither_add_nor_change_nor_delete(rows, admin_client, model):
    pk = rows[model].pk
    assert admin_client.get(reverse(f"admin:{model}_add")).status_code == 403
    assert admin_client.post(reverse(f"admin:{model}_change", args=[pk]), {"state": "confirmed"}).status_code == 403
    assert admin_client.post(reverse(f"admin:{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [model for model in MODELS if model not in ELSEWHERE])
def test_search__tracking_id__finds_what_belongs_to_it(rows, report, other_complainant, support_client, model):
    services.report_create(user=other_complainant, issue_title="x", location="x", issue_description="x")
    url = reverse(f"admin:{model}_changelist")
    changelist = support_client.get(url, {"q": report.tracking_id.lower()}).context["cl"]
    assert rows[model].pk in [row.pk for row in changelist.queryset]
    assert support_client.get(url, {"q": "0123456789AB"}).context["cl"].queryset.count() == 0


def test_search__transaction_hash__finds_the_write(rows, support_client):
    found = support_client.get(reverse(WRITES), {"q": "0x" + "CD" * 32}).context["cl"].queryset
    assert [write.nonce for write in found] == [0]


def test_filter__state__failed_only(rows, support_client):
    found = support_client.get(reverse(WRITES), {"state__exact": "failed"}).context["cl"].queryset
    assert [write.nonce for write in found] == [0]


def test_search__transaction_hash__finds_the_transaction(rows, support_client):
    url = reverse("admin:complaint_registry_transaction_changelist")
    assert support_client.get(url, {"q": "0x" + "CD" * 32}).context["cl"].queryset.count() == 1


def test_filter__frozen__only_frozen_complaints(rows, report, support_client):
    url = reverse("admin:complaint_registry_complaint_changelist")
    assert support_client.get(url, {"frozen_reason__isempty": "0"}).context["cl"].queryset.count() == 0
    type(report.complaint).objects.update(frozen_reason="link 3 is not ours")
    assert support_client.get(url, {"frozen_reason__isempty": "0"}).context["cl"].queryset.count() == 1


def test_retry__support__failed_writes_only(rows, report, support_client):
    response = run(support_client, "retry", report.complaint.writes.all())
    assert b"1 put back in the queue." in response.content
    assert b"2 skipped: not failed." in response.content
    assert not Write.objects.filter(state="failed").exists()


def test_give_up__support__asks_for_a_reason_and_keeps_it(rows, report, support, support_client):
    comment = report.complaint.writes.filter(nonce=1)
    asked = run(support_client, "give_up", comment)
    assert b'name="reason"' in asked.content
    assert b"Enter a reason" in run(support_client, "give_up", comment, confirmed="yes", reason=" ").content
    assert comment.get().given_up is None
    done = run(support_client, "give_up", comment, confirmed="yes", reason="Sent twice")
    assert b"1 given up." in done.content
    write = comment.get()
    assert (write.event_type, write.state, write.given_up["reason"]) == (EventType.NOTED, "pending", "Sent twice")
    assert write.given_up["by"] == write.payload["by"] == str(support.opaque_id)
    salt = write.given_up["salt"]
    page = support_client.get(reverse("admin:complaint_registry_write_change", args=[write.pk])).content.decode()
    assert "Sent twice" in page
    assert salt not in page


def test_give_up__filing__refused_and_says_why(rows, report, support_client):
    answer = run(support_client, "give_up", report.complaint.writes.filter(nonce=0), confirmed="yes", reason="x")
    assert b"can&#x27;t be given up" in answer.content
    assert Write.objects.get(nonce=0).state == "failed"


def test_give_up__what_others_need__lists_them_and_takes_them_along_when_told(rows, report, staff, support_client):
    for status in ("closed", "in_progress"):
        services.report_update(report_id=report.pk, by=staff, status=status)
    closing = report.complaint.writes.filter(nonce=3)
    answer = run(support_client, "give_up", closing, confirmed="yes", reason="By mistake")
    assert b"REOPENED (nonce 4)" in answer.content
    assert b"By mistake" in answer.content
    assert closing.get().event_type == EventType.CLOSED
    done = run(support_client, "give_up", closing, confirmed="yes", reason="By mistake", with_needed="yes")
    assert b"2 given up." in done.content
    assert set(report.complaint.writes.filter(nonce__gte=3).values_list("event_type", flat=True)) == {EventType.NOTED}


@pytest.mark.parametrize("action", ["retry", "give_up"])
def test_repair__staff_without_the_permission__not_offered_and_not_done(rows, report, support, support_client, action):
    support.groups.get().permissions.remove(
        *support.groups.get().permissions.filter(codename=f"{action}_write"),
    )
    before = list(Write.objects.order_by("pk").values())
    run(support_client, action, report.complaint.writes.all(), confirmed="yes", reason="x")
    assert list(Write.objects.order_by("pk").values()) == before
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


PAGES = [*MODELS, "accounts_user"]


@pytest.mark.parametrize("model", PAGES)
def test_pages__any__no_red_cross_and_hashes_only_short_in_lists(rows, admin_client, model):
    listed = admin_client.get(reverse(f"admin:{model}_changelist")).content.decode()
    row = rows.get(model, User.objects.last())
    detail = admin_client.get(reverse(f"admin:{model}_change", args=[row.pk])).content.decode()
    assert "icon-no.svg" not in listed + detail
    assert not re.search(r">\s*0x[0-9a-fA-F]{40,}\s*<", listed)


@pytest.mark.parametrize("model", MODELS)
def test_lists__any__newest_first(rows, admin_client, model):
    found = list(admin_client.get(reverse(f"admin:{model}_changelist")).context["cl"].queryset)
    assert [row.pk for row in found] == sorted((row.pk for row in found), reverse=True)


def test_index__names__are_for_people(admin_client):
    index = admin_client.get(reverse("admin:index")).content.decode()
    for name in ("Reports", "Evidence files", "Events on the chain", "Relays", "Writes"):
        assert f">{name}</a>" in index


@pytest.mark.parametrize("model", ["complaint_registry_write", "complaint_registry_evidencefile"])
def test_lists__rows_of_a_complaint__by_tracking_id(rows, report, support_client, model):
    listed = support_client.get(reverse(f"admin:{model}_changelist")).content.decode()
    assert f">{report.tracking_id}</a>" in listed


def test_events__list__tracking_id_and_time(rows, report, support_client):
    listed = support_client.get(reverse("admin:complaint_registry_chainevent_changelist")).content.decode()
    assert f">{report.tracking_id}</a>" in listed
    assert "1970-01-01\u00a000:00:01" in listed


def test_events__of_nobody_s_complaint__says_so(rows, support_client):
    ChainEvent.objects.update(complaint_id="0x" + "77" * 32)
    listed = support_client.get(reverse("admin:complaint_registry_chainevent_changelist")).content.decode()
    assert "(not in this database)" in listed


def test_write_page__failed__offers_repairs_and_lists_what_waits(rows, report, support_client):
    Write.objects.filter(nonce=1).update(state="failed", error_code="InvalidTransition")
    write = Write.objects.get(nonce=1)
    page = support_client.get(reverse("admin:complaint_registry_write_change", args=[write.pk])).content.decode()
    assert 'name="action" value="retry"' in page
    assert 'name="action" value="give_up"' in page
    assert "Writes waiting behind it" in page
    assert "EVIDENCE_ANCHORED" in page.partition("Writes waiting behind it")[2]


def test_write_page__filing__can_be_retried_and_not_given_up(rows, support_client):
    page = support_client.get(reverse("admin:complaint_registry_write_change", args=[rows[MODELS[2]].pk]))
    assert b'name="action" value="retry"' in page.content
    assert b'name="action" value="give_up"' not in page.content


def test_write_page__without_the_permission__offers_nothing(rows, support, support_client):
    support.groups.get().permissions.remove(*support.groups.get().permissions.filter(codename__endswith="_up_write"))
    support.groups.get().permissions.remove(*support.groups.get().permissions.filter(codename="retry_write"))
    Write.objects.update(state="failed")
    for write in Write.objects.all():
        page = support_client.get(reverse("admin:complaint_registry_write_change", args=[write.pk])).content
        assert b'name="action"' not in page


def test_write_page__retry__back_on_the_same_page(rows, support_client):
    filing = Write.objects.filter(nonce=0)
    response = run(support_client, "retry", filing, from_page="yes")
    url = reverse("admin:complaint_registry_write_change", args=[filing.get().pk])
    assert response.redirect_chain == [(url, 302)]
    assert b"1 put back in the queue." in response.content
    assert filing.get().state == "pending"


def test_write_page__give_up__asks_and_comes_back(rows, report, support_client):
    comment = report.complaint.writes.filter(nonce=1)
    asked = run(support_client, "give_up", comment, from_page="yes")
    assert b'name="from_page"' in asked.content
    done = run(support_client, "give_up", comment, from_page="yes", confirmed="yes", reason="Sent twice")
    assert done.redirect_chain == [(reverse("admin:complaint_registry_write_change", args=[comment.get().pk]), 302)]
    assert comment.get().event_type == EventType.NOTED


def test_report_page__any__shows_evidence_complaint_id_and_audit_trail(rows, report, support_client, deployment):
    page = support_client.get(reverse("admin:report_issuereport_change", args=[report.pk])).content.decode()
    assert reverse("admin:complaint_registry_evidencefile_change", args=[rows[MODELS[5]].pk]) in page
    assert report.complaint.complaint_id in page
    trail = reverse("admin:complaint_registry_complaint_trail", args=[report.complaint_id])
    assert trail in page
    shown = support_client.get(trail).content.decode()
    assert "CREATED" in shown
    assert report.complaint.salt not in shown


def test_report__failed_write__not_called_verified_in_list_and_on_its_page(rows, report, support_client):
    listed = support_client.get(reverse("admin:report_issuereport_changelist")).content.decode()
    page = support_client.get(reverse("admin:report_issuereport_change", args=[report.pk])).content.decode()
    assert ">verified<" not in listed
    assert "differ from the contract" in page


def test_audit_trail_page__nobody_and_complainant__sent_to_the_login(rows, report, complainant):
    client = Client()
    url = reverse("admin:complaint_registry_complaint_trail", args=[report.complaint_id])
    for _ in range(2):
        assert client.get(url).status_code == 302
        client.force_login(complainant)


def test_audit_trail_page__staff_without_permission__403(rows, report, staff):
    client = Client()
    client.force_login(staff)
    assert (
        client.get(reverse("admin:complaint_registry_complaint_trail", args=[report.complaint_id])).status_code == 403
    )


@pytest.mark.parametrize(
    ("page", "query", "status"),
    [
        ("change", "_to_field=", 400),
        ("change", "_to_field=nothing", 400),
        ("delete", "_to_field=", 400),
        ("history", "_to_field=", 200),
        ("changelist", "created_at__year=0", 400),
        ("changelist", "created_at__year=99999999999999999999", 400),
        ("changelist", "created_at__day=x", 302),
    ],
)
def test_pages__query_of_what_does_not_exist__no_server_error(rows, admin_client, page, query, status):
    pks = [] if page == "changelist" else [Complaint.objects.get().pk]
    url = reverse(f"admin:complaint_registry_complaint_{page}", args=pks)
    assert admin_client.get(f"{url}?{query}").status_code == status


@pytest.mark.parametrize("selected", ["zz", "", "1.5", "\0", "9223372036854775808", "9" * 20, "9" * 5_000])
@pytest.mark.parametrize(
    ("model", "action"),
    [
        ("complaint_registry_write", "retry"),
        ("complaint_registry_write", "give_up"),
        ("accounts_user", "delete_selected"),
        ("django_celery_beat_periodictask", "disable_tasks"),
    ],
)
def test_action__on_what_is_no_row__400(transactional_db, rows, admin_client, model, action, selected):
    data = {"action": action, "_selected_action": ["1", selected], "post": "yes"}
    assert admin_client.post(reverse(f"admin:{model}_changelist"), data).status_code == 400


def test_action__on_a_row_that_is_gone__nothing_happens(rows, admin_client):
    for selected in ("0", "9223372036854775807"):
        data = {"action": "retry", "_selected_action": [selected]}
        assert admin_client.post(reverse(WRITES), data).status_code == 302
