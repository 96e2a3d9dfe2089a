"""外部身份 on the page of a person: who else proves him, since when, confirmed by whom."""

from liuhen.apps.registry import identities
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.identities import Source
from liuhen.apps.registry.models import Account, Officer, OutsideIdentity
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, Option, State
from liuhen.interfaces.api.shapes_devices import LedgerRow, LedgerSection
from liuhen.kernel.clock import shown

_COLUMNS = ["来源", "由谁证明", "在那里的名字", "登记", "核对"]


def identity_section(asking: Asking, row: Officer, account: Account) -> LedgerSection:
    rows = identities.of(account)
    names = registry.names_of(one for held in rows for one in (held.proposed_by, held.confirmed_by) if one)
    new = Action(key="identity", label="登记外部身份", form_url=f"/people/{row.pk}/identity")
    return LedgerSection(
        key="identities", title="外部身份", says="只说明登录的是谁，不给任何权限。系统管理员登记、安全管理员核对之后才能用来登录。", columns=_COLUMNS,
        rows=[_row(asking, row, one, {str(k): v for k, v in names.items()}) for one in rows],
        actions=[new] if sources(asking) and asking.may("account.manage", row) and account.is_active else [],
    )  # fmt: skip


def sources(asking: Asking) -> list[Option]:
    """Those that are configured here."""
    office = asking.office
    has = {
        Source.DIRECTORY: office.directory,
        Source.PROVIDER: office.provider,
        Source.CERTIFICATE: office.proxy,
    }
    return [Option(value=source.value, label=source.label) for source, part in has.items() if part]


def _row(asking: Asking, person: Officer, one: OutsideIdentity, names: dict[str, str]) -> LedgerRow:
    state = State(label="可以登录", tone="proven") if one.confirmed_at else State(label="待核对", tone="due")
    end = Action(
        key="end", label="解除", method="POST", url=f"/identities/{one.pk}/end", body={}, confirm="解除之后不能再用它登录；凭它登录的，下一次请求即失效。",
    )  # fmt: skip
    confirm = Action(
        key="confirm", label="核对无误", main=True, method="POST", url=f"/identities/{one.pk}/confirmation", body={},
        confirm=f"请与本人或者证书的纸面材料核对：{one.subject}。核对之后，出示这个身份的人就能以 {person.name} 登录。",
    )  # fmt: skip
    actions = [confirm] if not one.confirmed_at and asking.may("role.appoint", person) else []
    if asking.may("role.appoint", person) or asking.may("account.manage", person):
        actions.append(end)
    confirmed = (
        f"{names.get(str(one.confirmed_by), '')} {shown(one.confirmed_at)}" if one.confirmed_at else "—"
    )
    return LedgerRow(
        id=str(one.pk), cells=[one.get_source_display(), one.authority, one.subject,
                               f"{names.get(str(one.proposed_by), '本机终端')} {shown(one.proposed_at)}", confirmed],
        state=state, to=None, actions=actions,
    )  # fmt: skip
