"""No test customer can be a person or a company."""

from harness.account.codes import AccountState
from harness.account.customers import CUSTOMERS, Register
from harness.identity import is_artificial, is_business_id


def test_personal_codes_have_individual_numbers_from_900() -> None:
    people = [each for each in CUSTOMERS if each.type == "SSN"]
    assert len(people) >= 10
    assert all(is_artificial(each.id) for each in people)


def test_business_ids_are_ones_never_given() -> None:
    companies = [each for each in CUSTOMERS if each.type == "CRN"]
    assert len(companies) == 2
    assert all(is_business_id(each.id) and each.id.startswith("00000") for each in companies)


def test_roles_and_codes_are_unique() -> None:
    assert len({each.role for each in CUSTOMERS}) == len(CUSTOMERS)
    assert len({each.id for each in CUSTOMERS}) == len(CUSTOMERS)


def test_a_century_sign_of_the_reform_is_among_them() -> None:
    by_role = {each.role: each for each in CUSTOMERS}
    assert by_role["new-sign"].id[6] not in "+-A"
    assert by_role["new-sign"].reachable


def test_only_active_accounts_that_accept_items_are_reachable() -> None:
    unreachable = {each.role for each in CUSTOMERS if not each.reachable}
    assert unreachable == {"passive", "none", "company-none", "refusing"}


def test_anybody_unknown_has_no_account() -> None:
    found = Register().find("unknown", "SSN")
    assert (found.state, found.reachable) == (AccountState.NONE, False)


def test_id_and_type_belong_together() -> None:
    company = next(each for each in CUSTOMERS if each.role == "company")
    assert Register().find(company.id, "SSN").state is AccountState.NONE
