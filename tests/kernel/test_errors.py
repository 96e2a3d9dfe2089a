"""The four ways of saying no carry why, what to do and which article; they say it in one sentence."""

import pytest

from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import LiuhenError, Malformed, Refused, Tampered, Unavailable

ARTICLE = Citation("行政执法全过程记录办法", "第二十一条", "SUB-21")


@pytest.mark.parametrize("kind", [Refused, Malformed, Unavailable, Tampered])
def test_error_raised_tells_why_what_to_do_and_the_article(kind: type[LiuhenError]) -> None:
    with pytest.raises(LiuhenError) as caught:
        raise kind("这段音像迟交了", do="请补登返回时间。", cite=ARTICLE)
    error = caught.value
    assert (error.why, error.do, error.cite) == ("这段音像迟交了", "请补登返回时间。", ARTICLE)
    assert str(error) == "这段音像迟交了（《行政执法全过程记录办法》第二十一条）。请补登返回时间。"


def test_four_roots_do_not_catch_each_other() -> None:
    roots = [Refused, Malformed, Unavailable, Tampered]
    for one in roots:
        assert [other for other in roots if issubclass(one, other)] == [one]


def test_sentence_that_already_ends_gets_no_second_stop() -> None:
    assert str(Refused("还没有领用？", do="先领用。")) == "还没有领用？先领用。"
    assert str(Refused("没有领用", do="")) == "没有领用。"


def test_unavailable_tells_when_to_try_again() -> None:
    assert Unavailable("磁盘已满", retry_seconds=60).retry_seconds == 60
    assert Unavailable("磁盘已满").retry_seconds is None
