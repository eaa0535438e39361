"""The crash and fault matrix by the names of its rows, and the tests that show each of them.

``docs/crash.md`` lists the same rows with what is done and what becomes of it; ``test_rows.py``
holds the two together.
"""

import re
from typing import Final

from tests.attacks.rows import found_by_all
from tests.support.rows import ROOT, Row

PAGE: Final = ROOT / "docs" / "crash.md"
KILLED: Final = "crash/test_killed.py::"
FULL: Final = "crash/test_full_disk.py::"
NEWER: Final = "crash/test_newer_events.py::"
LEDGER: Final = "ledger/test_crash.py::"
PUBLISHED: Final = "ledger/test_publication.py::"
RECORDED: Final = "ledger/test_recording.py::"
ATTACKS: Final = "ledger/test_attacks.py::"
HISTORIES: Final = "ledger/test_golden_histories.py::"
RED: Final = "cli/test_red_runs.py::"
GATE: Final = "joining/test_objections.py::"

ROWS: Final = (
    Row(
        "C1",
        (
            KILLED + "test_at_random_instants",
            KILLED + "test_a_server_at_random_instants",
            KILLED + "test_the_command_at_random_instants",
        ),
    ),
    Row(
        "C2",
        (
            LEDGER + "test_c2_c3_killed_while_publishing",
            PUBLISHED + "test_c2_a_tail_left_by_a_crash",
        ),
    ),
    Row(
        "C3",
        (
            LEDGER + "test_c2_c3_killed_while_publishing",
            PUBLISHED + "test_the_folder_is_synced_after_the_rename",
        ),
    ),
    Row(
        "C4",
        (KILLED + "test_while_evidence_is_written", KILLED + "test_half_an_evidence_is_refused"),
    ),
    Row(
        "C5",
        (
            RED + "test_a_run_that_is_ended_in_the_middle_is_visible",
            RED + "test_a_run_that_is_ended_in_the_middle_closes_the_gate",
        ),
    ),
    Row(
        "C6",
        (
            RECORDED + "test_every_setting_of_a_connection_holds",
            "crash/test_power_loss.py::test_any_beginning_of_the_log",
        ),
    ),
    Row("C7", (LEDGER + "test_c7_a_full_disk", FULL + "test_a_ledger_at_every_place")),
    Row(
        "C8",
        (
            FULL + "test_evidence",
            FULL + "test_checkpoint",
            FULL + "test_any_other_file",
            FULL + "test_export",
            PUBLISHED + "test_c3_the_old_checkpoint_survives",
        ),
    ),
    Row(
        "C9",
        (
            LEDGER + "test_c9_missing_folder",
            LEDGER + "test_c9_read_only_media_can_be_read",
            LEDGER + "test_c9_read_only_media_are_not_written",
            FULL + "test_evidence_that_has_no_folder",
        ),
    ),
    Row("C10", (LEDGER + "test_c10_",)),
    Row("C11", (LEDGER + "test_c11_four_writers", LEDGER + "test_two_operators")),
    Row("C12", (ATTACKS + "test_c12_a_copy_without_its_log",)),
    Row("C13", (LEDGER + "test_c13_a_truncated_file",)),
    Row("C14", (LEDGER + "test_c14_what_is_no_database",)),
    Row("C15", found_by_all("C15")),
    Row("C16", (ATTACKS + "test_l12_an_older_backup",)),
    Row("C17", (ATTACKS + "test_l13_a_fork",)),
    Row("C18", (RECORDED + "test_a_clock_set_back", GATE + "test_from_the_future")),
    Row(
        "C19",
        (
            RECORDED + "test_times_are_utc_everywhere",
            "crash/test_clocks_and_zones.py::test_the_record_knows_no_zone",
        ),
    ),
    Row(
        "C20",
        (
            NEWER + "test_nothing_is_skipped",
            NEWER + "test_other_projects_go_on",
            "ledger/test_codec.py::test_a_newer_topic",
        ),
    ),
    Row(
        "C21",
        (
            HISTORIES + "test_a_history_of_a_release_leads_to_the_state",
            HISTORIES + "test_the_histories_of_this_version_hold_every_kind",
        ),
    ),
    Row("C22", (RECORDED + "test_the_librarys_environment_is_ignored",)),
    Row("C23", (RECORDED + "test_never_memory", LEDGER + "test_c9_missing_folder")),
    Row(
        "C24",
        (
            "crash/test_out_of_memory.py::test_while_recording",
            "crash/test_out_of_memory.py::test_a_command_says_so",
            "exchange/test_answer_properties.py::test_cuts_of_a_large_answer",
        ),
    ),
    Row("C25", (RECORDED + "test_no_connection_crosses_a_fork",)),
    Row("C26", ("crash/test_network_file_systems.py::",)),
    Row("C27", (RECORDED + "test_odd_names", RECORDED + "test_never_memory")),
    Row(
        "C28",
        (
            RED + "test_what_was_left_out",
            RED + "test_stopping_after_the_first_failure",
            RED + "test_only_the_last_failed",
            RED + "test_a_scenario_that_cannot_be_read",
            RED + "test_a_run_that_is_ended_in_the_middle_is_visible",
            "plugin/test_scenarios_as_items.py::test_a_need_that_is_not_met",
            GATE + "test_a_run_in_which_nothing_passed",
            GATE + "test_incomplete_when_every_run",
        ),
    ),
    Row("C29", ("crash/test_many_events.py::",)),
)


def page() -> dict[str, tuple[str, str]]:
    """The rows of the page: what is done, and what becomes of it."""
    found = re.findall(r"(?m)^\| (C\d+) \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text("utf-8"))
    return {name: (done, becomes) for name, done, becomes in found}
