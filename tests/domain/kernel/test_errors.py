"""Faults: a closed list of codes, and a sentence in both languages."""

from domain.kernel.errors import BadInput, Busy, Fault, FaultCode
from domain.kernel.language import Language, Sentence


def test_the_list_of_codes_is_closed():
    assert {str(code) for code in FaultCode} == {
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "BAD_INPUT",
        "KEY_REUSED",
        "RATE_LIMITED",
        "BUSY",
        "NOT_TRUSTED",
        "TOO_COSTLY",
        "INTERNAL",
    }


def test_bad_input_tells_what_is_wrong_in_both_languages():
    fault = BadInput(Sentence(zh="{name} 不对。", en="{name} is wrong."), name="first")
    assert fault.code is FaultCode.BAD_INPUT
    assert fault.retry_after_seconds is None
    assert fault.told_in(Language.ZH) == "first 不对。"
    assert fault.told_in(Language.EN) == "first is wrong."
    assert str(fault) == "first is wrong."


def test_busy_says_when_to_come_again():
    assert (Busy().code, Busy().retry_after_seconds) == (FaultCode.BUSY, 1)
    assert Busy(30).retry_after_seconds == 30
    assert Busy(30).told_in(Language.ZH) == "系统繁忙，请在 30 秒后重试。"
    assert Busy(30).told_in(Language.EN) == "Too busy right now; try again in 30 s."


def test_a_fault_without_particulars_is_told_too():
    fault = Fault(FaultCode.FORBIDDEN, Sentence(zh="不行。", en="No."), retry_after_seconds=0)
    assert fault.told_in(Language.ZH) == "不行。"
    assert fault.retry_after_seconds == 0
