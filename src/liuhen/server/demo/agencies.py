"""Who the demonstration is about: five invented agencies with their teams, people, cameras and places."""

from dataclasses import dataclass, field

_ADMINISTRATORS = (("system_admin",), ("security_admin",), ("audit_admin",))


@dataclass(frozen=True, slots=True)
class Person:
    """`unit` is the code of the unit; `login` is empty for people without an account in the demonstration."""

    name: str
    number: str
    unit: str
    roles: tuple[str, ...]
    login: str = ""


@dataclass(frozen=True, slots=True)
class DemoAgency:
    """One agency under one pack. The first three people are the officers of the stories, in this order."""

    code: str
    name: str
    agency_type: str
    pack: str
    team: str
    officers: tuple[str, str, str]
    head: str
    keeper: str
    legal: str
    agency_head: str
    places: tuple[tuple[str, float, float], ...]
    extra: tuple[tuple[str, str, tuple[str, ...]], ...] = field(default=())
    admins: tuple[str, str, str] = ("", "", "")
    settings: tuple[tuple[str, str], ...] = field(default=())

    @property
    def logins(self) -> str:
        return self.code.lower()

    def people(self) -> list[Person]:
        """Everybody, with numbers that run on from the agency's own."""
        told: list[tuple[str, str, tuple[str, ...], str]] = [
            *((name, "ZF", ("officer",), f"officer{n}") for n, name in enumerate(self.officers, start=1)),
            (self.head, "ZF", ("unit_head", "officer"), "head"),
            (self.keeper, "ZF", ("device_keeper", "custodian"), "keeper"),
            (self.legal, "FZ", ("legal_reviewer",), "legal"),
            (self.agency_head, "0", ("agency_head",), "chief"),
            *((name, "0", roles, login) for name, login, roles in self.extra),
            *zip(self.admins, "000", _ADMINISTRATORS, ("sys", "sec", "aud"), strict=True),
        ]  # fmt: skip
        return [
            Person(name, f"{number:06d}", unit, roles, f"{self.logins}-{login}")
            for number, (name, unit, roles, login) in enumerate(told, start=self._first_number())
        ]

    def _first_number(self) -> int:
        return (AGENCIES.index(self) + 1) * 10_000 + 1


AGENCIES: tuple[DemoAgency, ...] = (
    DemoAgency(
        code="BH", name="海川市公安局滨河分局", agency_type="police", pack="nandagang", team="治安管理大队",
        officers=("李海平", "王思远", "赵明轩"), head="张正国", keeper="刘桂兰", legal="陈静怡", agency_head="周维民",
        extra=(("孙立诚", "inspector", ("inspector",)), ("何文档", "archive", ("archive_clerk", "archive_head"))),
        admins=("吴系统", "郑安全", "冯审计"),
        places=(("滨河路 18 号便利店", 38.4921, 117.4532), ("南湾小区 3 号楼", 38.4875, 117.4610), ("和平广场北门", 38.4990, 117.4477)),
    ),
    DemoAgency(
        code="QH", name="清河街道办事处", agency_type="subdistrict", pack="subdistrict", team="综合行政执法队",
        officers=("李秋实", "王晓楠", "马骏"), head="张海燕", keeper="赵春梅", legal="陈致远", agency_head="杨国栋",
        extra=(("林档", "archive", ("archive_clerk",)),),
        admins=("吴维", "郑岚", "冯清"),
        places=(("清河东路农贸市场", 39.9105, 116.5210), ("建设里 7 号院", 39.9142, 116.5188), ("河滨工地西门", 39.9071, 116.5290)),
        settings=(("keep-ordinary", "24m"),),
    ),
    DemoAgency(
        code="QS", name="青石镇人民政府", agency_type="township", pack="baimiaozi", team="综合执法队",
        officers=("李春生", "王大勇", "宋玉梅"), head="张守义", keeper="赵来福", legal="陈学文", agency_head="郭建业",
        extra=(("姜副队", "deputy", ("deputy_head", "officer")),),
        admins=("吴小满", "郑立秋", "冯冬至"),
        places=(("青石村采石场", 40.1511, 118.3120), ("镇北集市", 40.1603, 118.3055), ("柳河桥头", 40.1467, 118.3209)),
    ),
    DemoAgency(
        code="CD", name="松原市公安局城东分局", agency_type="police", pack="tonghua", team="巡逻警察大队",
        officers=("李浩然", "王志强", "高雪"), head="张立峰", keeper="刘敏", legal="陈国梁", agency_head="周海涛",
        extra=(("孙督", "inspector", ("inspector",)), ("钱关", "associator", ("associator",))),
        admins=("吴桐", "郑桦", "冯柏"),
        places=(("城东客运站", 41.7280, 125.9401), ("光明街 56 号", 41.7312, 125.9466), ("江沿公园", 41.7244, 125.9350)),
    ),
    DemoAgency(
        code="GC", name="古城保护管理委员会", agency_type="committee", pack="fuzhou", team="执法监察处",
        officers=("李若溪", "王榕生", "林正平"), head="张闽光", keeper="赵雅琴", legal="陈达", agency_head="黄世安",
        extra=(("郑分管", "leader", ("leader_in_charge",)), ("何卷", "archive", ("archive_head", "custodian"))),
        admins=("吴岚", "郑澄", "冯湛"),
        places=(("朱紫巷 12 号民居", 26.0890, 119.2960), ("塔巷口修缮工地", 26.0867, 119.2991), ("南后街 33 号商铺", 26.0848, 119.2977)),
    ),
)  # fmt: skip
