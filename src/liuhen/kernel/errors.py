"""The four ways in which the house says no.

Every error that a person may see is one of these four. None of them knows HTTP or the command line;
the interfaces translate. `why` tells what happened, `do` what to do next, `cite` which article says so.
"""

from liuhen.kernel.citations import Citation


class LiuhenError(Exception):
    """Root of the four; never raised itself."""

    def __init__(self, why: str, *, do: str = "", cite: Citation | None = None) -> None:
        super().__init__(why)
        self.why, self.do, self.cite = why, do, cite

    def __str__(self) -> str:
        cited = f"（{self.cite}）" if self.cite else ""
        stop = "" if self.why.endswith(("。", "！", "？")) else "。"
        return f"{self.why}{cited}{stop}{self.do}"


class Refused(LiuhenError):
    """依规不予办理；当事的执法人员看得懂，也知道下一步。"""


class Malformed(LiuhenError):
    """输入或数据文件有误：在哪里、看到什么、应当是什么。"""


class Unavailable(LiuhenError):
    """暂时办不了：为什么、何时再试。"""

    def __init__(
        self, why: str, *, do: str = "", cite: Citation | None = None, retry_seconds: int | None = None
    ) -> None:
        super().__init__(why, do=do, cite=cite)
        self.retry_seconds = retry_seconds


class Tampered(LiuhenError):
    """摘要或签名对不上：绝不在接口层以下吞掉。"""
