"""Errors say what happened and what to do."""

import inspect

from ssmtui import errors


def test_the_sentence_has_title_detail_and_remedy() -> None:
    error = errors.Throttled("Rate exceeded")
    assert str(error) == "AWS asks to slow down: Rate exceeded. Wait a moment and try again."


def test_title_and_remedy_can_be_given() -> None:
    error = errors.SsmtuiError("why", title="What", remedy="Do this.")
    assert (error.title, error.detail, error.remedy) == ("What", "why", "Do this.")


def test_exit_codes_are_those_of_the_aws_cli() -> None:
    codes = {errors.UsageError: 252, errors.CredentialsError: 253, errors.AccessDenied: 254, errors.LinkClosed: 255}
    assert {kind: kind.exit_code for kind in codes} == codes


def test_passing_errors_are_those_that_may_go_away() -> None:
    assert errors.Throttled().is_passing
    assert errors.ServiceError(code="InternalServerError").is_passing
    assert not errors.AccessDenied(code="AccessDeniedException").is_passing


def test_a_closed_link_names_code_and_reason() -> None:
    assert "code 1000, Bye" in str(errors.LinkClosed(1000, "Bye"))


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = errors.__doc__ or ""
    kinds = [name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)]
    assert all(name in drawn for name in kinds)


def test_d8_what_a_region_lacks_and_what_an_account_has_not_set_up_are_told_apart() -> None:
    def error(detail: str, code: str) -> errors.ServiceError:
        return errors.ServiceError(detail, code=code, operation="StartAccessRequest")

    unset = error("Just-In-Time Node Access service is not enabled in this account.", "ValidationException")
    assert (unset.is_not_enabled, unset.is_unsupported) == (True, False)
    for lacking in (error("", "UnknownOperationException"), error("Not available in this AWS Region", "X")):
        assert (lacking.is_not_enabled, lacking.is_unsupported) == (False, True)
    other = error("execute command was not enabled when the task was run", "InvalidParameterException")
    assert (other.is_not_enabled, other.is_unsupported) == (False, False)
