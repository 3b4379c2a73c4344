"""What broke other programs that watch mailboxes, and the test that says it does not break this one.

Each row is named after the thread in which that program's users told of it.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

ROWS = {
    # the connection
    "imapclient-349": "integration/mailbox/test_watcher.py::test_idle_is_renewed_and_still_hears",
    "imapclient-449": "integration/mailbox/test_watcher.py::"
    "test_a_line_that_dies_in_idle_is_found_at_the_renewal",
    "stalwart-3299": "integration/daemon/test_connections.py::test_a_silent_line_is_asked_after",
    "paynani-37": "integration/mailbox/test_session.py::test_the_last_answer_and_the_round_trips_are_known",
    "parsedmarc-211": "integration/daemon/test_daemon.py::test_a_restarted_server_is_watched_again",
    "parsedmarc-163": "integration/daemon/test_daemon.py::"
    "test_a_server_out_of_reach_is_tried_again_and_again",
    "parsedmarc-33": "integration/daemon/test_connections.py::"
    "test_mail_is_looked_for_after_every_renewal_of_idle",
    "imapsync-61": "integration/daemon/test_connections.py::test_polls_log_in_once",
    "imapsync-61-limit": "integration/mailbox/test_session.py::"
    "test_one_connection_too_many_is_throttling_and_not_a_wrong_password",
    "paperless-ngx-11341": "unit/oauth/test_tokens.py::"
    "test_a_new_refresh_token_is_on_the_disk_before_the_access_token_is_used",
    "offlineimap-536": "unit/oauth/test_microsoft.py::test_each_refresh_goes_on_from_the_last",
    "ews-docs-100": "unit/oauth/test_microsoft.py::test_every_refusal_has_its_sentence",
    "mailkit-1126": "unit/oauth/test_microsoft.py::"
    "test_a_login_of_which_the_half_was_granted_says_what_lacks",
    "home-assistant-20642": "integration/daemon/test_connections.py::"
    "test_searches_are_by_uid_and_name_no_charset",
    # the folder
    "emailengine-295": "unit/mailbox/test_folders.py::"
    "test_a_sent_folder_is_known_by_its_name_in_many_languages",
    "hmailserver-534": "integration/mailbox/test_session.py::"
    "test_a_mailbox_without_a_sent_folder_fails_loudly",
    "paperless-ngx-8944": "integration/daemon/test_daemon.py::test_a_new_uidvalidity_brings_no_second_alert",
    "paperless-ngx-10080": "integration/mailbox/test_reader.py::"
    "test_a_new_uidvalidity_is_told_and_the_folder_read_from_the_start",
    "davmail-269": "integration/daemon/test_daemon.py::test_two_copies_of_a_message_bring_one_alert",
    "gmail-folder-size": "acceptance/test_run.py::test_check_says_that_a_limit_may_hide_mail",
    "uid-star": "integration/mailbox/test_reader.py::test_nothing_new_is_nothing",
    "dovecot-examine": "integration/mailbox/test_reader.py::test_reading_changes_no_flag",
    # the work
    "parsedmarc-155": "integration/daemon/test_reading.py::"
    "test_a_line_that_never_lasts_does_not_keep_the_past_from_being_learnt",
    "parsedmarc-219": "integration/daemon/test_connections.py::"
    "test_a_pass_ends_at_its_deadline_and_the_next_goes_on",
    "parsedmarc-242": "integration/daemon/test_killed.py::"
    "test_every_mail_is_scored_once_and_every_alert_is_there_once",
    "parsedmarc-533": "unit/worker/test_intake.py::test_messages_of_the_past_are_committed_together",
    "parsedmarc-38": "integration/daemon/test_daemon.py::test_a_message_that_cannot_be_judged_is_set_aside",
    "parsedmarc-587": "integration/daemon/test_reading.py::"
    "test_a_message_over_which_the_server_hangs_up_is_set_aside",
    "django-mailbox-210": "integration/mailbox/test_reader.py::test_broken_mail_is_the_same_message_by_imap",
    "imapclient-243": "unit/message/test_hostile.py::test_eight_bit_headers_lose_no_address",
    "imap-tools-49": "unit/message/test_addresses.py::test_no_address_of_a_broken_list_is_lost",
    "paperless-ngx-9436": "acceptance/test_run.py::test_a_second_daemon_is_refused",
    "apscheduler-292": "integration/daemon/test_daemon.py::"
    "test_after_the_clock_was_put_back_mail_is_looked_for_at_once",
    "apscheduler-423": "acceptance/test_run.py::test_a_stop_does_not_wait_for_a_server_that_is_silent",
    "wayland-547": "integration/daemon/test_daemon.py::test_an_alert_is_not_scored_itself",
    "zammad-731": "unit/store/test_outbox.py::test_what_one_mailbox_wrote_is_known_as_ours_in_all",
    "scikit-learn-5777": "unit/detect/test_loading.py::test_another_scikit_learn_refits_from_the_rows",
    "hardware-mailserver-110": "unit/training/test_labels.py::test_silence_is_no_label",
    "rspamd-iscan-32": "unit/store/test_feedback.py::"
    "test_of_two_labels_that_contradict_the_last_holds_and_it_is_told",
    "nextcloud-mail-11772": "unit/alert/test_compose.py::test_every_alert_says_that_bcc_may_be_unseen",
}


@pytest.mark.parametrize("row", ROWS)
def test_each_pitfall_has_its_test(row: str) -> None:
    """The test that the row names exists, and is not empty."""
    file, _, name = ROWS[row].partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    found = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == name]

    assert 1 == len(found)
    assert len(found[0].body) > 1
