"""The attack tables by the names of their rows, and the tests that show each of them.

``docs/attacks.md`` lists the same rows with what has to become of them; ``test_rows.py`` holds the
two together.
"""

from itertools import product
from typing import Final

from tests.support.rows import Row

MESSAGE: Final = "exchange/test_hostile_messages.py::"
ANSWER: Final = "exchange/test_endpoint_misbehaviours.py::"
REQUEST: Final = "exchange/test_requests_that_must_be_refused.py::"
SOAP_12: Final = "exchange/test_soap_12_misbehaviours.py::"
DOOR: Final = "xml/test_hostile_documents.py::"
WIRE: Final = "endpoints/test_transport_misbehaviours.py::"
TLS: Final = "endpoints/test_tls_misbehaviours.py::"
SENT: Final = "endpoints/test_what_the_client_sends.py::"
CONTRACT: Final = "attacks/test_contract_attacks.py::"
VALUES: Final = "attacks/test_values_and_holes.py::"
SCENARIO: Final = "attacks/test_scenarios_under_attack.py::"
SIGNED: Final = "exchange/security/test_attack_pack.py::"
FORGED: Final = "endpoints/server/test_forged_answers.py::"
CALLER: Final = "endpoints/server/test_misbehaving_callers.py::"
RECORD: Final = "ledger/test_attacks.py::"
EXPORT: Final = "ledger/test_export_and_import.py::"
LISTENER: Final = "endpoints/listener/test_hostile_callers.py::"


def _own(prefix: str, *names: str) -> tuple[Row, ...]:
    """Rows whose test has their name as its parameter."""
    return tuple(Row(name, (f"{prefix}[{name}",)) for name in names)


def _shown(name: str, *tests: str) -> Row:
    return Row(name, tests)


_ANSWERED = MESSAGE + "test_as_an_answer"
_ASKED = MESSAGE + "test_as_a_request_it_is_refused"


def _message(*names: str) -> tuple[Row, ...]:
    """Rows of the table of messages: judged as an answer and as a request."""
    return tuple(Row(name, (f"{_ANSWERED}[{name}", f"{_ASKED}[{name}")) for name in names)


MESSAGES: Final = (
    *_message(
        *("billion-laughs", "quadratic-blowup", "entity-cycle", "xxe-file", "xxe-http"),
        *("parameter-entity", "external-dtd", "doctype-only", "doctype-element", "attr-default"),
        *("deep-nesting", "attribute-flood", "namespace-flood", "element-flood"),
        *("long-name", "long-attr", "long-text"),
    ),
    _shown("huge-tree switch", DOOR + "test_there_is_no_switch_for_huge_trees_or_recovery"),
    _shown("hash-collision names", DOOR + "test_hash_collision_names"),
    *_message("utf-7", "unknown-encoding", "utf16-declared-utf8-bytes", "bad-utf8"),
    *_message("latin1-as-utf8", "nul", "control-char-ref", "xml-1.1"),
    _shown("utf-8 with BOM", MESSAGE + "test_byte_order_mark_is_welcome[utf-8-sig"),
    _shown("utf-16 with BOM", MESSAGE + "test_byte_order_mark_is_welcome[utf-16"),
    *_message("two-roots", "trailing-junk", "leading-newline", "duplicate attribute"),
    *_message("duplicate attribute by two prefixes", "unbound prefix", "truncated"),
    *_own(DOOR + "test_refused", "empty", "whitespace", "HTML", "JSON"),
    _shown(
        "recover-mode",
        _ANSWERED + "[recover-mode",
        DOOR + "test_there_is_no_switch_for_huge_trees_or_recovery",
    ),
    *_own(MESSAGE + "test_text_is_read_whole", "comment-split", "CDATA tricks"),
    *_message("xinclude", "stylesheet PI"),
    _shown("xsi:schemaLocation", MESSAGE + "test_schema_location_is_never_a_schema_source"),
    *_message("xsi:type swap", "xsi:nil on required"),
    _shown("wildcard smuggling", VALUES + "test_wildcard_smuggling"),
    _shown("NaN", VALUES + "test_nan", _ANSWERED + "[NaN"),
    _shown("10^6-digit decimal", VALUES + "test_value_over_its_limit[10^6-digit decimal"),
    _shown("year 99999999999", VALUES + "test_value_over_its_limit[year 99999999999"),
    *_message("SOAP array attack", "multiref cycle"),
    _shown("attachment bomb", MESSAGE + "test_attachment_bomb"),
    *_message("XOP include of a foreign URL", "XOP include of a foreign cid"),
    *_own(
        SIGNED + "test_refused",
        *("wrapping", "duplicate id", "id moved", "stripped", "only Timestamp signed"),
        *("only Body signed", "token not signed", "Body exchanged", "Body changed"),
        *("Timestamp changed", "SignedInfo changed", "comment injection", "namespace injection"),
        *("foreign key", "certificate", "expired certificate", "other name"),
        *("key in message only", "token outside of Security", "token that is"),
        *("key that has another algorithm", "SignedInfo with"),
        *("refused algorithm", "HMAC", "forbidden transform", "reference", "too many references"),
        *("relative namespace name", "expired", "future", "Timestamp"),
    ),
    _shown("replayed", SIGNED + "test_replayed"),
    _shown(
        "rearranged at random",
        "exchange/security/test_signed_messages_properties.py::test_no_rearrangement",
        "exchange/security/test_signed_messages_properties.py::test_rearranged",
    ),
    _shown(
        "signature of an answer",
        FORGED + "test_it_is_noticed",
        FORGED + "test_a_step_that_expects_a_good_answer_is_red",
        FORGED + "test_a_run_against_an_address",
    ),
    _shown("SOAPAction spoofing", REQUEST + "test_soap_action_spoofing"),
    _shown("WS-Addressing spoofing", MESSAGE + "test_reply_to_of_ws_addressing_is_never_followed"),
    _shown(
        "XPath injection",
        MESSAGE + "test_xpath_injection_is_no_path",
        SCENARIO + "test_a_value_is_a_value",
    ),
)

CONTRACTS: Final = (
    *_own(CONTRACT + "test_contract", "ssrf-import", "file-url", "absolute-path", "dot-dot"),
    *_own(CONTRACT + "test_contract", "tilde", "ftp", "odd-scheme"),
    _shown("device", CONTRACT + "test_contract[device", CONTRACT + "test_fifo"),
    *_own(CONTRACT + "test_contract", "redirect-to-file", "redirect-to-other-host"),
    *_own(CONTRACT + "test_contract", "wsdl-import-file", "content-in-the-error"),
    *_own(CONTRACT + "test_contract", "self-import", "include-cycle", "attributeGroup-to-itself"),
    *_own(CONTRACT + "test_contract", "simpleType-restricts-itself", "type-extends-itself"),
    *_own(CONTRACT + "test_contract", "group-to-itself", "dangling-type", "missing-import"),
    *_own(CONTRACT + "test_contract", "non-deterministic-model", "state-explosion"),
    *_own(CONTRACT + "test_contract", "regex-explosion", "ten-to-the-nine-occurrences"),
    *_own(CONTRACT + "test_contract", "dtd-in-wsdl", "dtd-in-xsd", "address-swap"),
    _shown(
        "http-downgrade",
        CONTRACT + "test_contract[http-downgrade",
        "endpoints/test_host_rules.py::test_other_hosts_only_over_https",
    ),
    *_own(CONTRACT + "test_contract", "two-operations-of-one-element", "operation-bound-twice"),
    *_own(CONTRACT + "test_contract", "overloaded-operation", "missing-binding", "rpc-encoded"),
    *_own(CONTRACT + "test_contract", "look-alike-letters", "schema-of-50-MB", "5000-types"),
)

_TYPED = ANSWER + "test_content_type_and_charset"
_STATUS = ANSWER + "test_status_and_body"
_BODY = ANSWER + "test_body"

ENDPOINTS: Final = (
    _shown("DNS failure", WIRE + "test_dns_failure", WIRE + "test_dns_that_never_answers"),
    _shown("refused", WIRE + "test_refused"),
    _shown("accepts, silent", WIRE + "test_accepts_and_stays_silent"),
    _shown("slow body drip", WIRE + "test_body_drip"),
    _shown("slow header drip", WIRE + "test_header_drip"),
    _shown("close before answer", WIRE + "test_close_before_the_answer"),
    _shown("RST before answer", WIRE + "test_reset_before_the_answer"),
    _shown("RST mid-body", WIRE + "test_reset_in_the_body"),
    _shown("Content-Length too big", WIRE + "test_content_length_too_big"),
    _shown("chunk cut", WIRE + "test_chunk_cut"),
    _shown("Content-Length too small", WIRE + "test_content_length_too_small"),
    _shown("two Content-Length", WIRE + "test_two_content_lengths"),
    _shown("bad status line", WIRE + "test_not_http[bad-status"),
    _shown("HTTP/0.9", WIRE + "test_not_http[http-0.9"),
    _shown("100 kB header", WIRE + "test_not_http[100-kB-header"),
    _shown("200 headers", WIRE + "test_not_http[200-headers"),
    _shown("chunk garbage", WIRE + "test_chunk_size_garbage"),
    *_own(_STATUS, "empty 200", "202 empty"),
    _shown(
        "202 empty, one-way",
        "exchange/test_soap_12_misbehaviours.py::test_no_answer_is_right_where_none_is_declared",
    ),
    *_own(_STATUS, "204", "401", "403", "404", "407", "429", "503"),
    _shown("500 + Fault", ANSWER + "test_500_with_fault_is_a_well_judged_answer"),
    *_own(_STATUS, "200 + Fault", "500 + HTML"),
    _shown("500 + normal body", ANSWER + "test_500_with_a_normal_body"),
    *_own(_STATUS, "200 + HTML", "200 + JSON"),
    _shown("Content-Type text/plain", _TYPED + "[text/plain"),
    _shown("Content-Type missing", _TYPED + "[missing"),
    _shown("soap+xml with 1.1", _TYPED + "[soap+xml with 1.1"),
    _shown("header charset is not the body's", _TYPED + "[header charset is not the body's"),
    _shown("unknown charset", _TYPED + "[unknown charset"),
    *_own(_BODY, "Latin-1 bytes without declaration", "SOAP 1.2 envelope", "wrong namespace"),
    *_own(_BODY, "wrong root element", "missing required element", "extra element"),
    *_own(_BODY, "unqualified child", "two body children", "two Bodies", "no Body"),
    _shown("unknown mustUnderstand header", ANSWER + "test_must_understand[unknown"),
    *_own(_BODY, "DOCTYPE in answer", "xsi:type unknown"),
    _shown("gzip bomb", WIRE + "test_compression_bomb"),
    _shown("gzip header on plain body", WIRE + "test_gzip_header_on_a_plain_body"),
    _shown("truncated gzip", WIRE + "test_gzip_cut"),
    _shown("301/302 to other host", WIRE + "test_redirect_to_another_host_is_not_followed[30"),
    _shown("307/308 to other host", WIRE + "test_redirect_to_another_host_is_not_followed[307"),
    _shown(
        "302 to file:///",
        WIRE + "test_where_a_redirect_leads_is_recorded_as_far_as_it_may_be[file:",
    ),
    _shown("redirect loop", WIRE + "test_redirect_loop"),
    Row("multipart ok", waits="no contract that can be loaded declares attachments (MIME, MTOM)"),
    _shown("multipart without boundary", _TYPED + "[multipart without boundary"),
    _shown("TLS self-signed", TLS + "test_self_signed"),
    _shown("TLS wrong name", TLS + "test_wrong_name"),
    _shown("TLS expired", TLS + "test_expired"),
    _shown("TLS old version", TLS + "test_old_version"),
    _shown("mTLS refused", TLS + "test_client_certificate_missing"),
    _shown("TLS port spoken plain", TLS + "test_tls_on_a_plain_port"),
    _shown("plain port spoken TLS", TLS + "test_plain_on_a_tls_port"),
    _shown("answer for another request", SCENARIO + "test_answer_for_another_request"),
    _shown("slower than promised", SCENARIO + "test_slower_than_promised"),
    _shown("different answers on repeat", SCENARIO + "test_different_answers_on_repeat"),
    _shown(
        "proxy answers instead",
        SENT + "test_proxy_and_netrc_of_the_environment_are_ignored",
        TLS + "test_good_certificate_is_accepted_and_its_fingerprint_recorded",
    ),
    _shown(
        "1xx",
        SENT + "test_interim_answers_are_passed_over",
        WIRE + "test_flood_of_interim_answers",
    ),
    _shown("trailers", SENT + "test_trailers_are_ignored"),
    _shown("Set-Cookie", SENT + "test_cookies_are_not_kept"),
)

_MALFORMED = CALLER + "test_malformed_request_is_refused_and_the_connection_ends"

CALLERS: Final = (
    _shown("every message attack from a stranger", _ASKED),
    _shown("loopback unless told otherwise", CALLER + "test_host_decides_who_is_meant"),
    _shown("request smuggling", _MALFORMED + "[length-then-chunked"),
    _shown("wrong method", CALLER + "test_what_is_no_request_is_refused[unknown-method"),
    _shown("wrong path", CALLER + "test_unknown_path_is_a_fault_that_says_what_there_is"),
    _shown("wrong SOAPAction", REQUEST + "test_soap_action_spoofing"),
    _shown("wrong Content-Type", REQUEST + "test_content_type_of_a_request"),
    _shown("Expect: 100-continue", CALLER + "test_expectation_that_cannot_be_met"),
    _shown("byte limit before parsing", CALLER + "test_announced_body_over_its_limit"),
    _shown("slow-loris caller", CALLER + "test_slow_head_ends_in_time"),
    _shown("caller that never reads", CALLER + "test_caller_that_never_reads_is_let_go"),
    _shown("one budget of connections", CALLER + "test_more_connections_than_there_is_room_for"),
    _shown("pinned caller on the return channel", LISTENER + "test_pinned_caller"),
    _shown("duplicate message id on the return channel", LISTENER + "test_duplicate_message_id"),
    _shown("status pushes out of order", LISTENER + "test_status_pushes_out_of_order"),
    _shown("reply lost after we stored it", LISTENER + "test_reply_lost_after_we_stored_it"),
    _shown(
        "limits before parsing on the return channel",
        LISTENER + "test_announced_huge_body",
        LISTENER + "test_huge_body_that_is_sent",
        LISTENER + "test_smuggled_request",
    ),
    _shown("slow caller on the return channel", LISTENER + "test_slow_caller_is_let_go"),
    _shown(
        "caller without its certificate on the return channel",
        LISTENER + "test_caller_without_a_certificate_and_one_of_a_stranger",
        LISTENER + "test_plain_http_to_a_listener_with_tls",
    ),
    _shown(
        "forged signature on the return channel",
        LISTENER + "test_forged_signature",
        LISTENER + "test_unsigned_call",
        LISTENER + "test_what_was_signed_and_then_changed",
    ),
    _shown(
        "call that breaks the contract on the return channel",
        LISTENER + "test_call_that_breaks_the_contract",
        LISTENER + "test_what_is_no_call_is_not_stored",
    ),
)


def found_by_all(row: str) -> tuple[str, ...]:
    """Tests of an edit: in a file and on a server, by verify and gate, guards or no guards."""
    return tuple(
        f"{RECORD}test_verify_finds[{'-'.join(each)}-{row}-"
        for each in product(("sqlite", "postgresql"), ("verify", "gate"), ("True", "False"))
    )


def _edited(name: str) -> Row:
    """A row whose edit of the record is found."""
    return Row(name, found_by_all(name.partition(" ")[0]))


RECORDS: Final = (
    _edited("L1 actor or payload edited"),
    _edited("L2 time edited"),
    _edited("L3 last entry deleted"),
    _edited("L4 entry in the middle deleted"),
    _edited("L5 approval deleted, the rest renumbered"),
    _edited("L6 two payloads swapped"),
    _edited("L7 old event repeated in the middle"),
    _edited("L8 tail forged after the last checkpoint"),
    _edited("L9 topic names a module"),
    _shown(
        "L10 whole new database",
        RECORD + "test_a_resealed_ledger_is_told_from_its_checkpoint",
        "ledger/test_recording.py::test_a_removed_ledger_is_not_begun_anew",
    ),
    _edited("L11 tail cut, then continued"),
    _shown("L12 rolled back to an older backup", RECORD + "test_l12_"),
    _shown("L13 fork of equal length", RECORD + "test_l13_"),
    Row(
        "L14 ledger and checkpoints replaced",
        (RECORD + "test_l14_",),
        undetectable="whoever has every copy makes another past",
    ),
    Row(
        "L15 signing key stolen",
        (RECORD + "test_a_legal_forgery_by_whoever_holds_the_key",),
        undetectable="the thief's entries are sealed like ours",
    ),
    Row(
        "L16 evidence file forged",
        undetectable="whoever may run the harness, and sign, makes any",
    ),
    Row(
        "L17 verifier edited",
        (EXPORT + "test_both_verifiers_agree", EXPORT + "test_the_verifier_needs_nothing"),
        undetectable="a program cannot vouch for itself",
    ),
    Row(
        "L18 clock set to freshen evidence",
        ("joining/test_objections.py::test_from_the_future",),
        undetectable="a clock that is set before the run tells any time",
    ),
    Row(
        "L19 old but valid copy shown",
        (RECORD + "test_l19_",),
        undetectable="an old copy was true once",
    ),
    _shown("L20 endless export", "ledger/test_endless_exports.py::"),
    _shown(
        "L21 control characters, bidi, newline in names",
        "joining/test_actor.py::test_a_name_that_deceives_is_refused",
    ),
    _shown("L22 snapshot poisoned", RECORD + "test_l22_"),
    Row("L23 columns shifted", (*found_by_all("L23"), RECORD + "test_l23_")),
    _shown("L24 leaf presented as inner node", RECORD + "test_l24_"),
)

TABLES: Final = {
    "Messages": MESSAGES,
    "Contracts": CONTRACTS,
    "Endpoints": ENDPOINTS,
    "Callers": CALLERS,
    "The record": RECORDS,
}
