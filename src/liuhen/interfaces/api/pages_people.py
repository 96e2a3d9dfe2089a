"""Pages of people: the roll, one person with posts and account, the posts and who may share them, and why somebody may see something."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from liuhen.apps.access.queries import grant_for
from liuhen.apps.access.secrecy import is_closed_to
from liuhen.apps.casework import queries as casework
from liuhen.apps.devices import queries as devices
from liuhen.apps.documents import queries as documents
from liuhen.apps.documents.queries import withheld_things
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.knowing import withheld_among
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry import factors, passkeys, rights
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Account, Officer, RoleAssignment
from liuhen.apps.registry.permission import Place
from liuhen.apps.registry.policy import ADMINISTRATORS, PROVES_TWICE, ROLES
from liuhen.engines.rules.kinds.approver_chain import ApproverChain
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, containing
from liuhen.interfaces.api.pages_identities import identity_section
from liuhen.interfaces.api.rail import rail
from liuhen.interfaces.api.shapes import (
    Action,
    Fact,
    Filter,
    Head,
    Link,
    Listing,
    Option,
    SavedView,
    State,
    Teach,
)
from liuhen.interfaces.api.shapes_devices import LedgerRow, LedgerSection
from liuhen.interfaces.api.shapes_people import PersonPage, PersonRow, PostsPage, RightLine, RightsPage
from liuhen.interfaces.api.words import count_label
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import shown

_STATES = {
    "active": "在岗",
    "suspended": "暂停执法",
    "left": "离岗",
    "without-post": "没有职务",
    "without-account": "没有账号",
}
_TEACH = Teach(
    title="名册里还没有人", what_belongs="本机关的全部人员：在哪个机构、任何职务、能不能登录、执法证到何时。",
    how_it_gets_here="由系统管理员登记人员、开通账号，由安全管理员任命职务；两件事由两个人办，谁也不能独自给自己权限。",
)  # fmt: skip
# Of each kind of thing: its rows, and what one may want to do with it.
_THINGS: dict[str, tuple[Any, dict[str, str]]] = {
    "音像": (evidence.recordings, {"recording.list": "看得到这一段在", "recording.play": "播放", "recording.link": "关联", "recording.mark": "标密级",
                                "package.ask": "申请证据包", "hold.place": "登记暂缓处置"}),
    "活动": (casework.activities, {"activity.view": "看得到", "activity.write": "登记和更改", "finding.view": "看合规结论"}),
    "案件": (casework.cases, {"case.view": "看得到", "case.write": "办理"}),
    "文书": (documents.documents, {"document.view": "看得到", "document.write": "写", "document.sign": "签名"}),
    "设备": (devices.devices, {"device.view": "看得到", "device.keep": "领出和收回"}),
}  # fmt: skip
# Who may hold several: what must lie in different hands, and why.
_APART = (
    ("系统、安全、审计三种管理员", "三个人，都不任执法职务：开账号的不能给权限，给权限的不能改账号，两者都归第三个人审计。"),
    ("申请人与审批人", "同一件事里不能是同一个人；一条审批链上一个人只能批一次。"),
    ("录像的人与保管的人", "保管人、记录仪管理员不放行自己导入的来源不明的文件。"),
    ("销毁的两个执行人", "属于两个不同的机构；机关只有一个机构的，一人须为上级机关的人。"),
    ("承办人与法制审核人员", "审核意见由法制审核人员签，承办人不能签。"),
)  # fmt: skip


_PAGE, _HANDS_OF_DISPOSAL = 30, 5  # lists, checks, approves, and two who carry it out


def people(asking: Asking, asked: ListAsked) -> Listing[PersonRow]:
    """The roll by number, a page at a time."""
    rows, standing = rights.people_visible_to(asking.by, at=asking.at), rights.standing_at(asking.at)
    if asked.state in ("without-post", "without-account"):
        held = {"pk__in": rights.appointments().filter(standing).values("officer")}
        rows = rows.exclude(**(held if asked.state == "without-post" else {"account__is_active": True}))
    elif asked.state:
        rows = rows.filter(state=asked.state)
    if asked.kind:
        rows = rows.filter(pk__in=rights.appointments().filter(standing, role=asked.kind).values("officer"))
    rows = rows.filter(containing(asked.q, ("name", "number", "unit__name")))
    found = list(rows.filter(number__gt=asked.after).order_by("number")[: _PAGE + 1])
    more = found[_PAGE - 1].number if len(found) > _PAGE else None
    posts = _posts_of(found[:_PAGE], asking)
    new = [
        Action(key="person", label="登记人员", main=True, form_url="/forms/person"),
        Action(key="unit", label="设立机构", form_url="/forms/unit"),
    ]
    return Listing[PersonRow](
        rows=[_row(row, posts.get(row.pk, [])) for row in found[:_PAGE]], next=more, count_label=count_label(rows.count()),
        filters=[
            Filter(key="q", label="姓名、警号或者机构", kind="text"),
            Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _STATES.items()]),
            Filter(key="kind", label="职务", kind="select", options=[Option(value=v, label=w) for v, w in ROLES.items()]),
        ],
        views=[SavedView(key=key, label=_STATES[key], query={"state": key}) for key in ("without-post", "without-account")],
        actions=[*(new if asking.can("account.manage") else []), Action(key="posts", label="职务与权限", to="/posts"),
                 *([Action(key="bulk", label="大量查看", to="/bulk-notices")] if asking.can("bulk.view") else [])], teach=_TEACH,
    )  # fmt: skip


def _posts_of(people_: Iterable[Officer], asking: Asking) -> dict[UUID, list[RoleAssignment]]:
    held: dict[UUID, list[RoleAssignment]] = {}
    rows = rights.appointments().filter(
        rights.standing_at(asking.at), officer__in=[one.pk for one in people_], since__lte=asking.at
    )
    for row in rows:
        held.setdefault(row.officer_id, []).append(row)
    return held


def _row(row: Officer, posts: list[RoleAssignment]) -> PersonRow:
    return PersonRow(
        id=str(row.pk), name=row.name, number=row.number, unit=row.unit.name, roles=[_post(one) for one in posts],
        card=f"{row.card}，至 {row.card_valid_until}" if row.card and row.card_valid_until else row.card, state=_state(row), account=_account(row),
    )  # fmt: skip


def _post(post: RoleAssignment) -> str:
    return f"{ROLES[post.role]}（{post.unit.name}）"


def _state(row: Officer) -> State:
    return State(label=row.get_state_display(), tone="plain" if row.state == Officer.State.ACTIVE else "due")


def _account(row: Officer) -> State:
    account: Account | None = getattr(row, "account", None)
    if account is None:
        return State(label="没有账号")
    return State(label=account.login) if account.is_active else State(label="已停用", tone="due")


def person(asking: Asking, row: Officer) -> PersonPage:
    """One person: who he is, every post he held or holds, his account, and what was done about them."""
    posts = list(row.roles.select_related("unit").order_by("-since", "pk"))
    account: Account | None = getattr(row, "account", None)
    things = [row.pk, *(post.pk for post in posts), *([account.pk] if account else [])]
    names = registry.names_of(post.appointed_by for post in posts)
    head = Head(
        id=str(row.pk), number=row.number, title=row.name, state=_state(row), due=None, actions=_actions(asking, row, account),
        crumbs=[Link(label="人员", to="/people")],
    )  # fmt: skip
    section = LedgerSection(
        key="posts", title="任职", says="自起始之时生效，免去之后对方的下一次请求即失效。", columns=["职务", "机构", "自", "至", "任命"],
        rows=[_post_row(asking, post, names) for post in posts],
        actions=[Action(key="appoint", label="任命职务", main=True, form_url=f"/people/{row.pk}/post")] if asking.may("role.appoint", row) else [],
    )  # fmt: skip
    return PersonPage(
        head=head,
        facts=_facts(row, account),
        posts=[section, *([identity_section(asking, row, account)] if account else [])],
        rail=rail(asking, findings=[], law=None, things=things),
    )


def _facts(row: Officer, account: Account | None) -> list[Fact]:
    factor = factors.in_use(account) if account else None
    keys = len(passkeys.keys_of(account)) if account else 0
    asks = any(post.role in PROVES_TWICE for post in row.roles.filter(until__isnull=True))
    return [
        Fact(label="警号或工号", value=row.number), Fact(label="机构", value=row.unit.name), Fact(label="执法证", value=row.card or "没有登记"),
        Fact(label="执法证有效期至", value=str(row.card_valid_until or "没有登记")),
        Fact(label="账号", value=_account(row).label),
        Fact(label="动态码", value=f"{shown(factor.confirmed_at)} 绑定" if factor and factor.confirmed_at else "没有绑定",
             tone="due" if asks and not factor and not keys else "plain", note="所任职务要求动态码或者通行密钥" if asks else None),
        Fact(label="通行密钥", value=f"{keys} 把" if keys else "没有登记"),
    ]  # fmt: skip


def _post_row(asking: Asking, post: RoleAssignment, names: dict[UUID, str]) -> LedgerRow:
    over = post.until is not None and post.until <= asking.at
    state = (
        State(label="已免去")
        if over
        else State(label="在任", tone="action")
        if post.since <= asking.at
        else State(label="未到任", tone="due")
    )
    end = Action(
        key="end", label="免去", method="POST", url=f"/posts/{post.pk}/end", body={},
        confirm=f"免去{ROLES[post.role]}（{post.unit.name}），立即生效；他经手未完的审批、交接要另行安排。",
    )  # fmt: skip
    return LedgerRow(
        id=str(post.pk), cells=[ROLES[post.role], post.unit.name, shown(post.since), shown(post.until) if post.until else "—",
                                names.get(post.appointed_by, "本机终端")],
        state=state, to=None, actions=[] if over or not asking.may("role.appoint", _unit_place(post)) else [end],
    )  # fmt: skip


def _unit_place(post: RoleAssignment) -> Place:
    return Place(post.unit.agency_id, post.unit.path)


def _actions(asking: Asking, row: Officer, account: Account | None) -> list[Action]:
    if asking.may("role.appoint", row) and account and factors.is_bound(account):
        return [
            Action(key="factor", label="解除第二要素", method="POST", url=f"/people/{row.pk}/account/factor/end", body={},
                   confirm="本人手机或者安全钥匙遗失时用；动态码和通行密钥一并解除，他下次登录须重新绑定。请先核对是不是本人。")
        ]  # fmt: skip
    if not asking.may("account.manage", row):
        return []
    found = [Action(key="change", label="更正", form_url=f"/people/{row.pk}/change")]
    if account is None:
        return [
            Action(key="account", label="开通账号", main=True, form_url=f"/people/{row.pk}/account"),
            *found,
        ]
    if account.is_active:
        found += [
            Action(key="reset", label="重置口令", method="POST", url=f"/people/{row.pk}/account/password", body={},
                   confirm="换成一个新口令，只显示这一次，请当面交给本人；他现在的登录立即失效。"),
            Action(key="close", label="停用账号", method="POST", url=f"/people/{row.pk}/account/end", body={},
                   confirm="停用之后不能再登录；他办过的事仍都记着他的名字。"),
        ]  # fmt: skip
    return found


# ── 职务 ───────────────────────────────────────────────────


def posts(asking: Asking) -> PostsPage:
    """Who holds which post, what the law in force asks for and nobody holds, and what must lie in different hands."""
    held: dict[str, list[RoleAssignment]] = {}
    for post in rights.appointments().filter(
        rights.standing_at(asking.at), since__lte=asking.at, unit__agency=asking.officer.agency_id
    ):
        held.setdefault(post.role, []).append(post)
    needed = _needed(asking.law_or_none)
    short = [role for role in needed if role not in held]
    many = len({post.officer_id for posts in held.values() for post in posts})
    rows = [_role_row(role, held.get(role, []), needed) for role in ROLES if role in held or role in needed]
    return PostsPage(
        says="职务给权限：权限表写在程序里，人人相同，只按职务和机构取舍，谁也不能单独给谁开一项。",
        facts=[
            Fact(label="任职的人", value=f"{many} 人"),
            Fact(label="制度要求而空缺", value="、".join(ROLES[role] for role in short) or "没有", tone="due" if short else "plain"),
            Fact(label="最少几人", value=f"{_fewest(asking.law_or_none)} 人", note="三种管理员各一人；其余按最长的审批链和一批销毁要经的人手计，职务尽量由一人兼任"),
        ],
        sections=[
            LedgerSection(key="roles", title="职务", says="“制度要求”指施行的制度在审批次序里用到。", columns=["职务", "在任", "制度要求", "第二要素"], rows=rows, actions=[]),
            LedgerSection(
                key="apart", title="须由不同的人", says="其余职务可以由一人兼任。", columns=["职务", "怎样分开"],
                rows=[LedgerRow(id=str(i), cells=list(one), state=None, to=None, actions=[]) for i, one in enumerate(_APART)], actions=[],
            ),
        ],
        actions=[Action(key="why", label="为什么能看", main=True, form_url="/forms/right")] if asking.can("right.explain") else [],
        crumbs=[Link(label="人员", to="/people")],
    )  # fmt: skip


def _role_row(role: str, held: list[RoleAssignment], needed: dict[str, str]) -> LedgerRow:
    names = "、".join(f"{post.officer.name}（{post.unit.name}）" for post in held[:8]) or "空缺"
    more = f" 等 {len(held)} 人" if len(held) > 8 else ""
    state = None if held else State(label="空缺", tone="due")
    return LedgerRow(
        id=role, cells=[ROLES[role], names + more, needed.get(role, "—"), "须绑定" if role in PROVES_TWICE else "自愿"], state=state,
        to=f"/people?kind={role}" if held else None, actions=[],
    )  # fmt: skip


def _needed(law: Rulebook | None) -> dict[str, str]:
    """The roles the chains of the law in force ask for, each with its articles; the three administrators always."""
    found: dict[str, list[str]] = {role: ["等级保护：三员分立"] for role in sorted(ADMINISTRATORS)}
    for rule, chain in _chains(law):
        for step in chain.step:
            if step.role in ROLES:
                found.setdefault(step.role, []).append(rule.citation.article)
    return {role: "、".join(dict.fromkeys(cites)) for role, cites in found.items()}


def _chains(law: Rulebook | None) -> Iterator[tuple[Rule, ApproverChain]]:
    for rule in law.rules_of("approver_chain") if law else ():
        if isinstance(rule.judge, ApproverChain):
            yield rule, rule.judge


def _fewest(law: Rulebook | None) -> int:
    """Nobody stands twice in a chain nor decides on his own request; a disposal passes through five; administrators are apart."""
    longest = max((len({step.role for step in chain.step}) for _, chain in _chains(law)), default=0)
    return len(ADMINISTRATORS) + max(longest + 1, _HANDS_OF_DISPOSAL)


# ── 为什么能看 ─────────────────────────────────────────────


def explained(asking: Asking, who: Officer, number: str) -> RightsPage:
    """Each thing one may want to do with it, for this person, now. Raises `WrongFields` where no such number is known."""
    for name, (rows, wishes) in _THINGS.items():
        known = rows().exclude(withheld_things(asking.by, at=asking.at, by="pk"))
        thing = known.filter(agency=asking.officer.agency_id, number=number).first()
        if thing is not None:
            lines = [_line(asking, who, thing, action, does) for action, does in wishes.items()]
            return RightsPage(
                title=f"{who.name}对{name} {number}",
                says=f"按 {shown(asking.at)} 的任职、批准和标记回答；只回答，不改动。",
                lines=lines,
            )
    raise WrongFields("本机关没有这个编号", {"number": "请输入音像、活动、案件、文书或者设备的完整编号。"})


def _line(asking: Asking, who: Officer, thing: Any, action: str, does: str) -> RightLine:
    right = rights.right_of(who, action, on=thing, at=asking.at)
    may, why = right.may, right.why
    if (
        may
        and isinstance(thing, Recording)
        and withheld_among([thing.pk], Actor("officer", who.pk), at=asking.at)
    ):
        may, why = False, f"{why}；但这一段作了保密标记，他不在知悉范围内，不知道有这一段"
    if action == "recording.play" and isinstance(thing, Recording):
        grant = grant_for(thing, by=Actor("officer", who.pk))
        if not may and grant and grant.covers(holder=who.pk, action=action, thing=thing.pk, at=asking.at):
            may, why = True, f"审批 {grant.approval} 准许，至 {shown(grant.closes)}"
        if may and is_closed_to(thing.pk, who.pk):
            may, why = False, f"{why}；但这一段标有密级，他不在准许的人之中"
    return RightLine(does=does, may=State(label="能", tone="proven") if may else State(label="不能"), why=why)
