"""The attacks that hit others, and the tests that would be red if nothing stood against them here.

`THREATS` names for each class of attack tests by file (below tests/) and name; `NO_SURFACE` says of what an attack may also come
through which no such door stands yet: whoever builds that door adds its test and takes the line away.
"""

from __future__ import annotations

from collections.abc import Mapping

THREATS: Mapping[str, tuple[str, ...]] = {
    # Authorization
    "A01 a side door without the check of the record": (
        "security/test_census.py::test_every_route_has_an_entry_and_every_entry_a_route",
        "security/test_matrix.py::test_doors_answer_as_the_oracle_says",
        "security/test_leaks.py::test_04_a_single_action_has_no_address",
        "security/test_reviews.py::test_a_reader_of_the_task_sees_and_may_not_answer",
    ),
    "A02 written first, judged later": (
        "security/test_matrix.py::test_doors_answer_as_the_oracle_says",
        "unit/record/test_unit.py::test_what_is_refused_after_it_was_written_is_taken_back",
        "unit/orm/test_guard.py::test_a_unit_of_work_that_fails_leaves_nothing",
    ),
    "A03 a change of many without the check of each": (
        "security/test_leaks.py::test_05_a_bulk_action_leaves_out_what_is_out_of_sight",
        "security/test_matrix.py::test_doors_answer_as_the_oracle_says",
    ),
    "A04 a link by who may only read": (
        "security/test_leaks.py::test_03_a_form_links_to_nothing_out_of_sight",
        "security/test_leaks.py::test_07_the_api_links_to_nothing_out_of_sight",
        "security/test_lists.py::test_a_link_to_what_is_out_of_sight_is_refused_as_one_to_nothing",
        "unit/record/test_rights.py::test_a_lookup_to_a_hidden_record_is_refused_like_one_to_a_missing_record",
    ),
    "A05 a field's right forgotten in the history": (
        "unit/record/test_update.py::test_history_tells_what_its_reader_may_see",
        "security/test_matrix.py::test_doors_answer_as_the_oracle_says",
        "unit/record/test_translated.py::test_who_sees_the_mask_only_sees_no_language_in_clear",
        "unit/plan/test_beginning.py::test_history_of_a_removed_field_is_not_told_by_the_rights_of_another",
    ),
    "A06 a field's right forgotten in the search": (
        "security/test_inference.py::test_a_search_by_any_part_of_it_finds_nothing",
        "unit/orm/test_search.py::test_a_field_is_not_found_by_those_who_do_not_read_it",
        "unit/access/test_taint.py::test_the_search_finds_no_hidden_words",
        "unit/record/test_duplicates.py::test_who_may_not_read_a_text_can_not_come_near_it_by_trying",
    ),
    "A07 a hidden column guessed by filter or order": (
        "security/test_inference.py::test_a_filter_by_it_is_refused_as_by_an_unknown_field",
        "security/test_inference.py::test_rison_filters_and_orders_by_it_are_refused",
        "security/test_inference.py::test_pages_neither_filter_nor_sort_nor_show_it",
        "security/test_inference.py::test_a_cursor_can_not_be_bent",
        "security/test_views.py::test_a_condition_on_a_hidden_field_is_no_view",
    ),
    "A08 figures over what is concealed": (
        "security/test_inference.py::test_counts_are_those_of_ones_own_rows",
        "security/test_figures.py::test_figures_are_of_ones_own_rows",
        "security/test_lists.py::test_totals_are_of_the_records_and_fields_that_are_read",
        "security/test_figures.py::test_a_report_over_a_hidden_field_is_one_that_is_not_there",
        "security/test_whole.py::test_the_start_page_sums_ones_own",
        "unit/access/test_taint.py::test_what_is_counted_is_hidden_from_whoever_reads_none_of_it",
        "security/test_service_levels.py::test_the_board_tells_of_ones_own_records_alone",
    ),
    "A09 another name for a concealed field": (
        "unit/access/test_taint.py::test_a_formula_over_a_hidden_field_is_hidden_near_and_far",
        "unit/access/test_taint.py::test_a_formula_over_a_masked_field_is_hidden",
        "security/test_computed.py::test_a_computed_field_is_there_for_those_who_read_what_it_reads",
        "unit/automation/test_mailing.py::test_nobody_is_told_of_what_he_may_not_read",
    ),
    "A10 imports and exports of others": (
        "security/test_whole.py::test_a_file_holds_what_may_be_exported_and_no_other_column",
        "security/test_matrix.py::test_doors_answer_as_the_oracle_says",
        "unit/cli/test_export.py::test_a_person_gets_what_he_may_export",
    ),
    "A11 a file without its record": (
        "security/test_files.py::test_a_file_is_closed_with_its_record",
        "security/test_files.py::test_a_file_of_someone_else_is_no_file",
        "unit/web_pages/test_files.py::test_a_foreign_file_is_not_attached",
        "unit/plan/test_beginning.py::test_files_of_a_removed_field_are_not_read_by_the_rights_of_another",
    ),
    "A12 a right that outlives what it was for": (
        "unit/plan/test_hidden.py::test_a_field_takes_no_values_of_another_that_had_its_key",
        "unit/plan/test_beginning.py::test_history_of_a_removed_field_is_not_told_by_the_rights_of_another",
        "unit/record/test_personal_rights.py::test_what_an_exception_adds_ends_with_its_entity_or_field",
        "unit/plan/test_check.py::test_a_role_that_someone_has_goes_only_by_name",
        "security/test_calendar_feeds.py::test_it_ends_at_once_in_every_process",
        "security/test_calendar_feeds.py::test_what_its_person_sees_no_more_is_not_in_it",
    ),
    "A13 columns and types that nobody asked for": (
        "security/test_assignment.py::test_no_program_writes_a_column_that_is_not_its_to_write",
        "security/test_assignment.py::test_no_form_writes_a_column_that_is_not_its_to_write",
        "security/test_assignment.py::test_a_value_of_a_wrong_shape_is_refused_not_stored",
        "security/test_assignment.py::test_a_hidden_field_is_refused_with_the_words_for_one_that_does_not_exist",
    ),
    "A14 more rights by the doors of people and roles": (
        "security/test_whole.py::test_nobody_gives_himself_roles_by_the_doors_of_records",
        "security/test_whole.py::test_the_last_administrator_stays",
        "security/test_census.py::test_an_address_of_the_framework_leads_nowhere",
        "unit/record/test_people.py::test_who_only_edits_people_gives_nobody_another_way_in",
        "unit/record/test_personal_rights.py::test_nobody_makes_exceptions_who_may_not_configure",
        "security/test_viewing.py::test_nothing_is_changed_meanwhile",
        "security/test_viewing.py::test_nobody_views_as_who_sees_more",
        "security/test_viewing.py::test_who_may_not_configure_views_as_nobody",
    ),
    "A15 views of others": (
        "security/test_views.py::test_a_view_holds_no_record_out_of_sight_and_tells_no_hidden_value",
        "security/test_views.py::test_a_condition_on_a_hidden_field_is_no_view",
        "unit/web_pages/test_views.py::test_a_view_that_is_not_for_the_reader_is_none",
        "unit/web_pages/test_saved_views.py::test_a_view_for_some_is_not_there_for_others",
        "unit/web_pages/test_saved_views.py::test_nobody_changes_or_deletes_the_view_of_another",
        "security/test_built_filters.py::test_a_shared_view_is_carried_out_with_the_rights_of_its_reader",
        "security/test_built_filters.py::test_what_others_share_is_managed_by_who_configures",
    ),
    "A16 news to the wrong people": (
        "security/test_notices.py::test_a_notice_names_no_record_that_its_reader_may_not_see",
        "security/test_notices.py::test_the_notices_of_others_are_not_found",
        "unit/automation/test_notice_mails.py::test_nothing_is_told_of_what_is_out_of_sight_or_read_when_it_is_sent",
        "unit/automation/test_mailing.py::test_each_gets_it_in_his_language_and_sight",
    ),
    "A17 the audit read or rewritten": (
        "unit/web_pages/test_audit.py::test_who_has_not_the_right_finds_no_page",
        "unit/cli/test_audit.py::test_one_byte_changed_by_hand_is_named",
        "unit/record/test_seals.py::test_what_was_done_behind_everybodys_back_is_named",
        "unit/record/test_seals.py::test_the_end_is_not_cut_off_unseen",
    ),
    "A18 names that tell": (
        "security/test_whole.py::test_openapi_describes_what_the_caller_sees",
        "security/test_whole.py::test_a_description_names_the_fields_that_are_seen",
        "security/test_whole.py::test_an_entity_out_of_sight_is_like_one_that_does_not_exist",
        "unit/web_api/test_openapi.py::test_nothing_hidden_is_named",
    ),
    "A19 ones own definitions round the scope": (
        "unit/orm/test_escapes.py::test_a_statement_yields_what_is_in_scope_or_is_refused",
        "unit/orm/test_escapes.py::test_ways_that_carry_no_scope_are_refused",
        "unit/insight/test_written.py::test_a_hidden_field_of_another_record_is_not_there_either",
        "unit/access/test_scope.py::test_a_scope_holds_for_aliases_and_joins",
    ),
    # Injection and code
    "A20 SQL in what is asked": (
        "security/test_injected.py::test_no_text_of_a_request_stands_in_a_statement",
        "security/test_injected.py::test_a_condition_in_a_value_finds_nothing_more",
        "unit/orm/test_search.py::test_words_need_no_quoting",
        "unit/test_architecture.py::test_the_program_keeps_the_rule",
    ),
    "A21 SQL in names of the configuration": (
        "security/test_injected.py::test_a_hostile_name_is_refused_with_its_line",
        "unit/orm/test_expression.py::test_texts_of_an_administrator_are_parameters",
        "unit/orm/test_guard.py::test_a_label_may_be_called_like_a_statement",
    ),
    "A22 out of the expression": (
        "security/test_injected.py::test_an_expression_reaches_nothing_of_the_program",
        "unit/expression/test_parser.py::test_limits",
        "unit/expression/test_parser.py::test_whatever_is_written_the_answer_is_a_tree_or_a_place_within",
        "conformance/test_conformance.py::test_the_engine_never_makes_code_of_texts",
        "unit/extension/test_extension.py::test_code_in_a_pack_is_never_run",
    ),
    "A23 templates in what people write": (
        "unit/definition/test_plain_template.py::test_what_is_filled_in_is_not_read_again",
        "unit/definition/test_plain_template.py::test_anything_else_is_refused_when_it_is_read",
        "unit/automation/test_mailing.py::test_words_of_a_record_are_only_words",
    ),
    "A24 templates without an end": (
        "unit/definition/test_plain_template.py::test_one_that_grows_too_long_is_stopped",
        "unit/definition/test_plain_template.py::test_conditions_stand_in_each_other_as_deep_as_they_may",
        "deep/test_bombs.py::test_while_twenty_are_filled_in_the_others_read_and_save",
    ),
    "A25 objects made of what is read": (
        "unit/test_architecture.py::test_the_program_keeps_the_rule",
        "unit/test_architecture.py::test_the_rule_finds_what_breaks_it",
        "security/test_injected.py::test_a_tag_of_yaml_makes_no_object",
    ),
    "A26 paths out of the folder": (
        "unit/loading/test_broken_packs.py::test_what_is_no_file_is_not_opened",
        "unit/files/test_names.py::test_a_name_is_a_name_and_nothing_else",
        "unit/files/test_contents.py::test_what_is_no_digest_of_ours_opens_nothing",
        "unit/loading/test_merge_kinds.py::test_only_a_picture_of_the_pack_is_its_logo",
    ),
    "A27 archives that write elsewhere": (
        "security/test_injected.py::test_a_part_of_a_backup_is_written_nowhere_else",
        "unit/backup/test_restore.py::test_a_wrong_key_one_bit_or_a_missing_end_is_named_and_nothing_touched",
        "unit/backup/test_restore.py::test_a_target_with_something_in_it_is_refused",
    ),
    # Web output
    "A28 a file that acts as a page": (
        "security/test_files.py::test_no_file_becomes_a_page",
        "unit/web_pages/test_files.py::test_a_file_can_not_act_as_a_page",
        "unit/web_pages/test_files.py::test_what_a_browser_could_run_is_saved_as_bytes",
        "unit/files/test_kinds.py::test_the_type_is_told_by_the_content",
    ),
    "A29 scripts in what people or packs write": (
        "security/test_output.py::test_no_page_runs_what_people_wrote",
        "security/test_output.py::test_no_refused_form_runs_what_was_typed",
        "security/test_output.py::test_templates_have_no_way_around_escaping",
        "unit/web_pages/test_scalar_types.py::test_markup_is_not_trusted_when_it_is_drawn",
        "unit/manual/test_manual.py::test_a_text_of_a_pack_is_no_html_and_no_formula",
    ),
    "A30 markup and headers in mails": (
        "unit/delivery/test_mail.py::test_nothing_slips_into_the_headers",
        "unit/automation/test_mails.py::test_a_line_break_in_a_subject_is_given_up",
        "unit/definition/test_plain_template.py::test_values_are_escaped_in_html_alone",
    ),
    "A31 reflected scripts, redirects and hosts": (
        "security/test_requests.py::test_no_redirect_leads_to_another_server",
        "security/test_requests.py::test_a_foreign_host_is_refused",
        "security/test_requests.py::test_headers_of_proxies_are_not_believed",
        "security/test_forgotten.py::test_the_address_in_a_mail_is_that_of_the_settings",
        "unit/automation/test_mail_marks.py::test_a_link_leads_nowhere_else",
    ),
    "A32 forged requests, changes by reading": (
        "security/test_requests.py::test_a_forged_post_is_refused_and_changes_nothing",
        "security/test_requests.py::test_the_token_of_another_person_is_no_token",
        "security/test_requests.py::test_reading_changes_nothing",
        "security/test_requests.py::test_a_cookie_opens_no_door_for_programs",
    ),
    "A33 formulas in files": (
        "security/test_output.py::test_no_cell_of_a_file_is_a_formula",
        "security/test_output.py::test_a_label_of_the_pack_is_no_formula_either",
        "unit/web_pages/test_values.py::test_no_text_of_a_file_is_read_as_a_formula",
    ),
    "A34 files that grow or reach out when they are read": (
        "unit/files/test_kinds.py::test_an_archive_that_grows_without_end_is_not_unpacked",
        "unit/files/test_pictures.py::test_too_many_pixels_are_told_by_the_head",
        "unit/files/test_pictures.py::test_what_can_not_be_drawn_is_none",
    ),
    # Calls from the server
    "A35 calls to inside": (
        "unit/delivery/test_reach.py::test_no_spelling_of_an_inner_address_is_called",
        "unit/delivery/test_reach.py::test_only_addresses_of_the_web_are_called",
        "unit/delivery/test_reach.py::test_what_the_operator_names_is_called_and_nothing_beside",
    ),
    "A36 round the guard of calls": (
        "unit/delivery/test_reach.py::test_all_addresses_of_a_name_are_judged",
        "unit/delivery/test_outbound.py::test_a_name_that_turns_inward_between_two_look_ups_reaches_nothing",
        "unit/delivery/test_outbound.py::test_nothing_is_called_but_the_address_that_was_judged",
        "unit/delivery/test_outbound.py::test_a_redirect_is_an_answer_and_is_not_followed",
        "unit/delivery/test_outbound.py::test_a_proxy_of_the_environment_is_not_used",
    ),
    # Sessions and login
    "A37 a session that outlives its end": (
        "security/test_login.py::test_a_session_ends_at_once_in_every_process",
        "security/test_login.py::test_a_login_gives_a_new_session_each_time",
        "unit/web/test_login.py::test_a_copied_cookie_dies_with_the_logout",
        "unit/web/test_login.py::test_a_session_ends_with_a_change_of_roles",
        "security/test_own_login.py::test_a_key_ends_at_once_in_every_process",
        "security/test_viewing.py::test_it_ends_at_once_in_every_process",
        "unit/web/test_frame.py::test_every_cookie_is_for_https_where_people_come_by_it",
    ),
    "A38 the way back to a lost password": (
        "security/test_forgotten.py::test_a_link_is_good_for_half_an_hour",
        "security/test_forgotten.py::test_nothing_that_is_kept_tells_the_link",
        "security/test_forgotten.py::test_what_is_no_token_is_the_same_page",
        "security/test_login.py::test_a_link_for_a_new_password_does_not_skip_the_second_factor",
    ),
    "A39 guessing of people, passwords and codes": (
        "unit/web/test_login.py::test_unknown_and_known_logins_get_the_same_body_and_the_same_work",
        "security/test_login.py::test_a_lock_holds_at_every_door",
        "security/test_login.py::test_of_a_thousand_guesses_at_most_ten_are_evaluated",
        "security/test_login.py::test_a_code_is_taken_once_at_whichever_door",
        "security/test_forgotten.py::test_who_is_not_here_gets_the_same_answer_and_no_mail",
        "security/test_calendar_feeds.py::test_addresses_are_neither_guessed_nor_asked_without_end",
        "security/test_login.py::test_who_has_a_network_of_addresses_guesses_no_more_than_who_has_one",
    ),
    "A40 another way in": (
        "security/test_census.py::test_what_is_open_to_anyone_is_what_the_table_says",
        "security/test_login.py::test_the_token_of_a_program_asks_for_the_code_too",
        "security/test_login.py::test_a_password_alone_opens_nothing_where_there_is_a_second_factor",
        "security/test_census.py::test_an_address_of_the_framework_leads_nowhere",
        "security/test_calendar_feeds.py::test_it_is_no_key_and_no_key_is_one",
        "unit/identity/test_saml.py::test_a_wrapped_signature_covers_nothing",
        "unit/identity/test_saml.py::test_no_document_has_a_type",
        "security/test_saml.py::test_an_answer_belongs_to_the_browser_that_set_out",
        "security/test_saml.py::test_an_answer_is_good_once",
    ),
    # Secrets, errors, logs
    "A41 known keys and logins": (
        "unit/cli/test_serve.py::test_a_weak_key_stops_the_server",
        "unit/test_settings.py::test_a_weak_secret_is_refused",
        "unit/test_settings.py::test_the_secret_is_made_once_and_kept_for_its_owner_alone",
        "unit/record/test_people.py::test_a_new_person_has_a_login_that_no_password_fits",
    ),
    "A42 secrets where they are read": (
        "security/test_secrets.py::test_what_is_secret_is_in_no_text_of_a_value",
        "security/test_secrets.py::test_settings_tell_no_secret",
        "security/test_log.py::test_a_link_that_lets_in_is_in_no_log",
        "security/test_login.py::test_the_secret_is_sealed_for_its_person_by_the_key_of_the_settings",
        "unit/loading/test_entity_language.py::test_a_secret_is_never_kept_nor_shown",
        "unit/backup/test_make.py::test_unencrypted_backups_hold_no_secret_key_and_are_found_damaged_too",
        "security/test_calendar_feeds.py::test_it_is_shown_once_and_kept_as_a_digest",
    ),
    "A43 answers and logs that tell too much": (
        "deep/test_fuzz.py::test_no_request_is_a_fault",
        "security/test_described.py::test_every_answer_is_as_described",
        "unit/web/test_frame.py::test_a_fault_shows_its_number_and_nothing_else",
        "unit/orm/test_bulk.py::test_an_error_tells_no_value_of_a_row",
        "security/test_log.py::test_a_clash_tells_no_value",
        "security/test_leaks.py::test_15_a_value_that_is_taken_is_refused_without_a_word_on_who_has_it",
    ),
    # Exhaustion, caches, proxies
    "A44 more than a server can do": (
        "unit/insight/test_lists.py::test_a_page_has_a_largest_size",
        "unit/web/test_frame.py::test_a_body_that_is_too_large_is_said_to_be",
        "security/test_injected.py::test_a_form_of_very_many_parts_is_too_large",
        "unit/web/test_health.py::test_a_flood_of_questions_is_one_statement_a_second",
        "unit/web/test_too_slow.py::test_what_takes_too_long_is_stopped_and_said",
        "unit/record/test_values.py::test_a_large_body_is_refused_in_linear_time",
        "unit/web/security/test_audited.py::test_many_tries_in_vain_do_not_fill_the_disk",
        "unit/web_pages/test_export_limit.py::test_what_is_left_of_a_day_goes_out_and_more_does_not",
    ),
    "A45 kept pages and believed proxies": (
        "security/test_requests.py::test_no_answer_is_kept_framed_or_guessed",
        "security/test_login.py::test_a_forged_header_names_no_address",
        "unit/web/security/test_visitors.py::test_a_header_counts_where_a_trusted_proxy_wrote_it",
        "unit/web_api/test_hooks.py::test_who_calls_through_a_proxy_is_told_from_others",
    ),
}

NO_SURFACE: Mapping[str, str] = {
    "A10": "imports of files, their reports of refused rows",
    "A19": "reports that people put together",
    "A30": "public forms",
    "A34": "imports of spreadsheets: no file that is uploaded is read but pictures",
    "A35": "a button that tries a webhook; pictures from addresses",
}
