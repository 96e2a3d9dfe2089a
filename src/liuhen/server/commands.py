"""The commands of the office, put together. What a command does stands in interfaces/cli; what it needs is made here.

Django is set up by the commands themselves: `init` and `demo` must first make the home it is set up from.
"""

from pathlib import Path

import click

from liuhen import __version__
from liuhen.server import home
from liuhen.server.backup_commands import backup
from liuhen.server.disc_commands import disc
from liuhen.server.enroll_commands import enroll
from liuhen.server.key_commands import key
from liuhen.server.package_commands import package
from liuhen.server.setting_up import home_path, set_up, the_office
from liuhen.server.system_commands import systems
from liuhen.server.witness_commands import witnessing


@click.group("liuhen", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="liuhen")
def program() -> None:
    """留痕：行政执法全过程记录。数据目录由 LIUHEN_HOME 指定，默认为当前目录下的 home。"""


@program.command()
@click.option("--agency", prompt="机关名称", help="机关全称")
@click.option("--code", prompt="机关代码（编号用，如 BMZ）", help="编号的前缀")
@click.option(
    "--type",
    "agency_type",
    prompt="机关类型",
    type=click.Choice(["police", "subdistrict", "township", "committee"]),
)
@click.option("--pack", prompt="施行的规则包", help="rulepacks 下的文件夹名")
@click.option("--admin", "admins", multiple=True, help="三名管理员：姓名:登录名，依次为系统、安全、审计")
@click.option("--log-name", default="", help="日志名称；缺省由机关代码得出，签发后不可更改")
def init(agency: str, code: str, agency_type: str, pack: str, admins: tuple[str, ...], log_name: str) -> None:
    """建立第一个机关：三名管理员、施行的制度、数据目录。不含任何演示数据。"""
    people = list(admins)
    titles = ("系统管理员", "安全管理员", "审计管理员")
    people += [click.prompt(f"{title}（姓名:登录名）") for title in titles[len(people) :]]
    home.prepare(home_path(), log_name=log_name or f"liuhen/{code.lower()}", is_demo=False)
    set_up(migrate=True)
    from liuhen.interfaces.cli.founding import found

    for line in found(
        the_office(), name=agency, code=code, agency_type=agency_type, pack=pack, admins=people
    ):
        click.echo(line)


@program.command()
@click.option("--serve/--no-serve", "then_serve", default=False, help="建好后随即启动")
@click.option("--week-of", default="", help="演示周的星期一，如 2026-11-16；缺省为上一周")
def demo(then_serve: bool, week_of: str) -> None:
    """建立演示数据：五个机关各一周的活动、案件和由程序生成的录像。不在正式数据目录中运行。"""
    from liuhen.kernel.errors import Refused

    folder = home_path()
    fresh = not home.is_prepared(folder)
    if fresh:
        home.prepare(folder, log_name="liuhen/demo", is_demo=True)
    from liuhen.server.django_settings import SETTINGS

    if not SETTINGS.demo:
        raise Refused(f"{folder} 是正式数据目录，不能写入演示数据", do="请用 LIUHEN_HOME 指定另一个目录。")
    set_up(migrate=True)
    from liuhen.server.demo.week import make_demo

    if fresh:
        make_demo(the_office(), week_of=week_of, say=click.echo)
    else:
        click.echo(f"演示数据已在 {folder}，未作改动。")
    if then_serve:
        _serve()


@program.command()
def serve() -> None:
    """启动：网页、接口、上传和后台作业。对外监听时使用 TLS。"""
    set_up(migrate=True)
    _serve()


def _serve() -> None:
    from liuhen.server.serve import run

    run()


@program.command(hidden=True)
def worker() -> None:
    """后台作业进程；由 serve 启动，也可单独运行多个。"""
    set_up()
    from liuhen.server.worker import Worker

    Worker(the_office()).run()


@program.command(hidden=True)
def intake() -> None:
    """采集站接入端口；由 serve 启动，也可单独运行。"""
    set_up()
    from liuhen.server.intake import run

    run()


@program.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--officer", default="", help="使用人的警号或工号")
@click.option("--device", default="", help="设备序号")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option(
    "--source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="来源说明（TOML）：手机、光盘、其他机关移送的文件从哪里来；入库后由第二人在页面上核实",
)
@click.option("--json", "as_json", is_flag=True, help="逐个文件输出 JSON")
def ingest(folder: Path, officer: str, device: str, agency: str, source: Path | None, as_json: bool) -> None:
    """把一个文件夹中的文件全部入库。重复执行不会产生重复的原件。"""
    set_up()
    from liuhen.interfaces.cli.ingest import ingest_folder

    ingest_folder(
        the_office(), folder, officer=officer, device=device, agency=agency, as_json=as_json, source=source
    )


@program.command()
@click.option("--quick", is_flag=True, help="不重读原件，只核验台账、日志与各行数据")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def verify(quick: bool, as_json: bool) -> None:
    """全面核验：日志、台账、每一行数据、每一份原件。指出哪里不对。"""
    set_up()
    from liuhen.interfaces.cli.verify import verify_all
    from liuhen.server.django_settings import SETTINGS
    from liuhen.server.stamper import stamping_of

    stamping = stamping_of(SETTINGS)
    verify_all(the_office(), quick=quick, as_json=as_json, time=stamping.authority if stamping else None)


@program.command()
@click.option("--resume", is_flag=True, help="换回正确的副本之后，全面核验并恢复已停止的封存")
def seal(resume: bool) -> None:
    """立即封存尚未封存的台账，签发检查点。"""
    set_up()
    from liuhen.server.courier import confirmed
    from liuhen.server.worker import seal_now

    if resume:
        from liuhen.interfaces.cli.verify import resume_sealing

        click.echo(resume_sealing(the_office()))
    if not confirmed(the_office()):
        click.echo("没有足够的见证单位答复；是否被换成旧的副本，未经见证单位核对。", err=True)
    added = seal_now(the_office())
    latest = the_office().log.latest()
    click.echo(f"新封存 {added} 行；检查点大小 {latest.size}，根摘要 {latest.root.hex()}")


@program.command()
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def reconcile(as_json: bool) -> None:
    """对账：有原件而无登记的、有登记而无原件的、未收完的上传。只报告，不改动。"""
    set_up()
    from liuhen.interfaces.cli.verify import reconcile_all

    reconcile_all(the_office(), as_json=as_json)


@program.group()
def pack() -> None:
    """规则包：检查、查看、覆盖率。"""


@pack.command("lint")
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True)
def pack_lint(names: tuple[str, ...], as_json: bool) -> None:
    """检查规则包；有错误时指出文件、规则、键和本应写什么。"""
    from liuhen.interfaces.cli.packs import existing_carriers, lint
    from liuhen.station.commands import station

    commands = click.Group(commands={**program.commands, "station": station})
    told = [_own_or_named(name) for name in names]
    lint(_packs(), told, as_json=as_json, existing=existing_carriers(_packs().parent, commands))


@pack.command("show")
@click.argument("name")
def pack_show(name: str) -> None:
    """逐条列出一个规则包。"""
    from liuhen.interfaces.cli.packs import show

    show(_packs(), _own_or_named(name))


@pack.command("coverage")
@click.option("--json", "as_json", is_flag=True)
def pack_coverage(as_json: bool) -> None:
    """各制度的条款由什么承载；有遗漏时退出码为 1。"""
    from liuhen.interfaces.cli.packs import coverage

    coverage(_packs(), as_json=as_json)


@pack.command("new")
@click.argument("key")
@click.option("--title", required=True, help="制度的标题，照印刷")
@click.option("--issuer", default="", help="发布机关")
@click.option(
    "--type",
    "agency_type",
    default="subdistrict",
    help="机关类型",
    type=click.Choice(["police", "subdistrict", "township", "committee"]),
)
@click.option("--prefix", default="", help="条款编号的前缀，缺省由名称得出")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    default=None,
    help="写到哪个文件夹；缺省为数据目录的 packs",
)
def pack_new(key: str, title: str, issuer: str, agency_type: str, prefix: str, folder: Path | None) -> None:
    """写出一部新制度的规则包骨架，带说明，可以直接通过检查。"""
    from liuhen.interfaces.cli.packs import new

    new(
        folder or home_path() / "packs",
        key,
        title=title,
        issuer=issuer,
        agency_type=agency_type,
        prefix=prefix,
    )


@pack.command("text")
@click.argument("key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="只拆分、核对，不附到机关；有不符时退出码为 1")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--json", "as_json", is_flag=True)
def pack_text(key: str, file: Path, check: bool, agency: str, as_json: bool) -> None:
    """附上制度原文（docx、txt、md），拆成章、条、款、项，并逐数核对规则。"""
    if check:
        from liuhen.interfaces.cli.texts import check_text

        shipped = _packs() / key
        check_text(shipped if shipped.is_dir() else Path(_own_or_named(key)), file, as_json=as_json)
    else:
        set_up()
        from liuhen.interfaces.cli.law import attach

        attach(the_office(), key, file, agency=agency, as_json=as_json)


@pack.command("simulate")
@click.argument("key")
@click.option("--replace", "replaces", multiple=True, help="同时终止的规则包，可多次给出")
@click.option("--set", "setting", default="", help="试算一个设定：名称=值")
@click.option("--since", default="", help="自何日起，如 2026-12-01；缺省为现在")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--json", "as_json", is_flag=True)
def pack_simulate(
    key: str, replaces: tuple[str, ...], setting: str, since: str, agency: str, as_json: bool
) -> None:
    """在真实数据上试算启用另一规则包、版本或者设定值，逐行列出变动；会缩短保存期限时退出码为 2。"""
    set_up()
    from liuhen.interfaces.cli.law import simulate

    simulate(
        the_office(), key, agency=agency, replaces=replaces, setting=setting, since=since, as_json=as_json
    )


def _own_or_named(name: str) -> str:
    """A pack the agency wrote itself, by its bare name; any other as it was given."""
    own = home_path() / "packs" / name
    return str(own) if own.is_dir() and not (_packs() / name).is_dir() else name


def _packs() -> Path:
    from liuhen.server.paths import data_folder

    return data_folder("rulepacks")


@program.group()
def search() -> None:
    """检索：重建索引、核对索引。"""


@search.command("rebuild")
def search_rebuild() -> None:
    """由各行数据重建检索索引；重建期间照常可以检索。"""
    set_up()
    from liuhen.interfaces.cli.search import rebuild

    click.echo(f"检索索引已重建，共 {rebuild()} 条。")


@search.command("check")
def search_check() -> None:
    """核对检索索引与各行数据；不一致时指出哪一件，退出码为 1。"""
    set_up()
    from liuhen.interfaces.cli.verify import report_search

    report_search()


@program.group()
def logs() -> None:
    """设备日志：添加格式之后再读一遍。"""


@logs.command("read")
def logs_read() -> None:
    """把还没有读懂的设备日志再读一遍；本机关自己的格式写在数据目录的 device-logs.toml 里，有误时指出哪一处。"""
    set_up()
    from liuhen.server.media_works import read_waiting_logs

    read, waiting = read_waiting_logs(the_office())
    click.echo(f"读懂 {read} 份设备日志，仍有 {waiting} 份读不懂。")


@program.command("superior")
@click.argument("agency")
@click.argument("superior")
def name_superior_command(agency: str, superior: str) -> None:
    """写明上级机关：AGENCY 的上级是本系统中的 SUPERIOR（都写机关代码），由上级机关审批的事，由其负责人登录办理。"""
    set_up()
    from liuhen.interfaces.cli.founding import name_the_superior

    click.echo(name_the_superior(agency, superior))


@program.group()
def user() -> None:
    """人员与账号。"""


@user.command("add")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--unit", required=True, help="机构代码")
@click.option("--name", required=True, help="姓名")
@click.option("--number", required=True, help="警号或工号")
@click.option("--role", "roles", multiple=True, required=True, help="职务，可多次给出")
@click.option("--login", required=True, help="登录名")
def user_add(agency: str, unit: str, name: str, number: str, roles: tuple[str, ...], login: str) -> None:
    """增加一名人员并开通账号；密码随机生成，只显示一次。"""
    set_up()
    from liuhen.interfaces.cli.founding import add_person

    click.echo(add_person(agency=agency, unit=unit, name=name, number=number, roles=roles, login=login))


program.add_command(enroll)
program.add_command(systems)
program.add_command(witnessing)
program.add_command(package)
program.add_command(key)
program.add_command(backup)
program.add_command(disc)
