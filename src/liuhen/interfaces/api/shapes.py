"""What the API answers: one frozen value a page. `frontend/src/api/types.ts` mirrors these and is checked against them.

Times are aware and leave as ISO 8601; an `id` is what stands in an address, a `number` what the office calls the thing.
"""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Row = TypeVar("Row")
Tone = Literal["plain", "action", "breach", "due", "proven"]
SpanKind = Literal["recorded", "excepted", "explained", "missing"]
Method = Literal["POST", "PUT", "PATCH", "DELETE"]


class Shape(BaseModel):
    """An answer: every field is always there, so that a page never asks whether it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class State(Shape):
    label: str
    tone: Tone = "plain"
    reason: str | None = None


class Cite(Shape):
    regulation: str
    article: str
    clause: str = ""
    text: str | None = None


class Problem(Shape):
    """The one shape of every refusal and failure."""

    status: int
    why: str
    do: str
    cite: Cite | None = None
    fields: dict[str, str] | None = None
    retry_seconds: int | None = None
    details: list[str] | None = None


class Option(Shape):
    value: str
    label: str
    hint: str | None = None
    unavailable: str | None = None


FieldValue = str | list[str] | int | float | bool | dict[str, str] | None


class FormField(Shape):
    name: str
    label: str
    kind: Literal[
        "text",
        "long",
        "moment",
        "select",
        "many",
        "checks",
        "number",
        "switch",
        "password",
        "ink",
        "table",
        "file",
    ]
    required: bool = True
    hint: str | None = None
    value: FieldValue = None
    options: list[Option] = Field(default_factory=list)
    options_url: str | None = None
    choices: list[Option] = Field(default_factory=list)
    columns: list[str] = Field(default_factory=list)


class Guided(Shape):
    """What a regulation advises or leaves to judgement, where it helps; nothing is judged by it."""

    says: str
    cite: Cite


class Form(Shape):
    title: str
    intro: str
    fields: list[FormField]
    submit: str
    url: str
    method: Method = "POST"
    cite: Cite | None = None
    guidance: list[Guided] = []
    passkey_url: str | None = None


class Action(Shape):
    """Something a person may do: go to a page, fill in a form, or act at once."""

    key: str
    label: str
    main: bool = False
    to: str | None = None
    form_url: str | None = None
    method: Method | None = None
    url: str | None = None
    body: dict[str, Any] | None = None
    confirm: str | None = None
    unavailable: str | None = None


class Proof(Shape):
    journal_number: int
    what: str
    at: datetime
    state: State
    sealed: bool


class Done(Shape):
    """`once` is shown this one time and kept nowhere: a new password, recovery codes."""

    said: str
    once: str | None = None
    to: str | None = None
    proof: Proof | None = None


class Fact(Shape):
    label: str
    value: str
    note: str | None = None
    mono: bool = False
    tone: Tone = "plain"
    to: str | None = None


class Link(Shape):
    label: str
    to: str
    note: str | None = None


class Deadline(Shape):
    label: str
    due_at: datetime
    tone: Tone = "plain"
    done_at: datetime | None = None
    held: str | None = None
    cite: Cite | None = None
    to: str | None = None


class Turns(Shape):
    at: datetime
    says: str


class Finding(Shape):
    id: str
    title: str
    verdict: State
    cite: Cite
    asks: str
    because: str
    facts: list[Fact]
    turns: Turns | None
    mends: list[Action]
    judged_at: datetime
    pack: str
    confirmed: str | None = None


class Why(Shape):
    """The chain from the facts to a verdict, step by step."""

    steps: list[Fact]
    note: str | None = None


class Witness(Shape):
    name: str
    state: State
    at: datetime | None = None


class Receipt(Shape):
    proof: Proof
    facts: list[Fact]
    checkpoint: list[Fact] | None
    witnesses: list[Witness]
    how_to_verify: list[str]
    downloads: list[Link]


class TrailStep(Shape):
    at: datetime
    who: str
    what: str
    note: str | None = None
    tone: Tone = "plain"
    journal_number: int | None = None
    to: str | None = None


class ClockReading(Shape):
    source: str
    reads: datetime | None
    offset_seconds: float | None
    believed: bool
    why: str


class Clocks(Shape):
    says: str
    readings: list[ClockReading]


class Teach(Shape):
    title: str
    what_belongs: str
    how_it_gets_here: str
    action: Action | None = None


class Filter(Shape):
    key: str
    label: str
    kind: Literal["text", "select", "dates"]
    options: list[Option] = Field(default_factory=list)


class SavedView(Shape):
    key: str
    label: str
    query: dict[str, str]


class Listing(Shape, Generic[Row]):
    rows: list[Row]
    next: str | None
    count_label: str
    filters: list[Filter]
    views: list[SavedView]
    actions: list[Action]
    teach: Teach | None = None


class Rail(Shape):
    guidance: list[Guided]
    findings: list[Finding]
    deadlines: list[Deadline]
    proofs: list[Proof]
    trail: list[TrailStep]


class Due(Shape):
    says: str
    deadline: Deadline | None = None
    tone: Tone = "action"
    action: Action | None = None
    cite: Cite | None = None


class Head(Shape):
    id: str
    number: str
    title: str
    state: State
    due: Due | None
    actions: list[Action]
    crumbs: list[Link]


# ── 登录与外框 ──────────────────────────────────────────────


class Banner(Shape):
    key: str
    tone: Tone
    says: str
    do: str
    action: Action | None = None


class Person(Shape):
    id: str
    name: str
    title: str
    unit: str


class AgencyName(Shape):
    name: str
    short_name: str


class SectionLink(Shape):
    key: Literal[
        "workbench", "intakes", "cases", "activities", "recordings", "documents", "devices", "access", "retention", "archive",
        "oversight", "statistics", "registers", "proof", "rules", "people", "system",
    ]  # fmt: skip
    label: str
    badge: int | None = None


class SearchBox(Shape):
    placeholder: str


class DeadlineBell(Shape):
    count: int
    tone: Tone
    nearest: list[Deadline]


class Session(Shape):
    person: Person
    agency: AgencyName
    sections: list[SectionLink]
    search: SearchBox | None
    deadlines: DeadlineBell
    banners: list[Banner]
    menu: list[Action]
    must_secure: bool = False


class WayIn(Shape):
    """A way to log in beside name and password."""

    key: Literal["provider", "certificate"]
    label: str


class Door(Shape):
    agency: str
    banners: list[Banner]
    hint: str
    ways: list[WayIn]


# ── 工作台 ─────────────────────────────────────────────────


class DueItem(Shape):
    """One thing that waits. `decides`: others wait for this person's decision on it."""

    key: str
    title: str
    what: str
    number: str
    deadline: Deadline | None
    state: State
    action: Action
    cite: Cite | None
    decides: bool = False


class Figure(Shape):
    key: str
    label: str
    value: str
    note: str
    tone: Tone = "plain"
    to: str | None = None


class Part(Shape):
    """A piece of a text; `hit` where it is what was asked for."""

    text: str
    hit: bool


class SearchHit(Shape):
    id: str
    number: list[Part]
    title: list[Part]
    text: list[Part]
    at: datetime
    to: str | None


class SearchGroup(Shape):
    key: str
    label: str
    count_label: str
    hits: list[SearchHit]
    next: str | None


class SearchPage(Shape):
    says: str
    groups: list[SearchGroup]


class WorkbenchPage(Shape):
    """`decide` is what waits for this person's decision, before all the rest; `folded` counts what `due` does not show, sort by sort."""

    greeting: str
    first: Due | None
    decide: list[DueItem]
    decide_more: Link | None
    due: list[DueItem]
    due_more: Link | None
    folded: list[Link]
    facts: list[Figure]
    recent: list[TrailStep]
    teach: Teach | None


# ── 时间轴 ─────────────────────────────────────────────────


class TimelineSpan(Shape):
    start: datetime
    end: datetime
    kind: SpanKind
    label: str
    article: str | None = None
    recording: str | None = None
    take: str | None = None


class TimelinePoint(Shape):
    at: datetime
    label: str
    kind: Literal["start", "stop", "signature", "mark", "event"]


class TimelineLane(Shape):
    id: str
    label: str
    kind: Literal["camera", "documents", "events"]
    clock_offset_seconds: float | None
    spans: list[TimelineSpan]
    points: list[TimelinePoint]


class TimelineTotals(Shape):
    required_seconds: float
    recorded_seconds: float
    excepted_seconds: float
    explained_seconds: float
    missing_seconds: float


class TimelineWindow(Shape):
    start: datetime
    end: datetime


class TimelineInput(Shape):
    window: TimelineWindow
    lanes: list[TimelineLane]
    summary: list[TimelineSpan]
    totals: TimelineTotals


# ── 音像资料 ────────────────────────────────────────────────


class RecordingRow(Shape):
    id: str
    number: str
    kind: str
    started_at: datetime | None
    duration_seconds: float | None
    size_bytes: int
    device: str
    officer: str
    state: State
    marks: list[State]
    linked_to: Link | None
    thumbnail: str | None
    no_thumbnail: str | None


class Stretch(Shape):
    start_seconds: int
    end_seconds: int


class Track(Shape):
    id: str
    label: str
    kind: Literal["video", "audio", "image"]
    mime: str
    url: str | None
    open_url: str | None
    poster: str | None
    started_at: datetime
    duration_seconds: float
    frame_rate: float | None
    shift_seconds: float = 0.0
    drift: float = 0.0
    clock: str = ""
    watched: list[Stretch] = []
    note: str | None
    unavailable: Problem | None


class OpenedTrack(Shape):
    """`watermark` is written over the picture; `watched_url` takes the seconds that ran, where they are kept."""

    url: str
    expires_at: datetime
    proof: Proof
    watermark: str
    watched_url: str | None


class WatchedShown(Shape):
    who: str
    opened_at: datetime
    basis: str
    says: str
    tone: Tone
    seen: list[Stretch]
    heard: list[Stretch]


class SaidReason(Shape):
    says: str
    tone: Tone


class Suggestion(Shape):
    activity: Link
    number: str
    when: str
    place: str
    likelihood: State
    reasons: list[SaidReason]
    action: Action


class LogLine(Shape):
    """One line of a recorder's log: the device's own time, what, and the file it names."""

    at: datetime
    what: str
    file: str


class DeviceLogShown(Shape):
    says: str
    lines: list[LogLine]


class Passage(Shape):
    kind: State
    start_seconds: float
    end_seconds: float
    says: str


class SegmentShown(Shape):
    """One piece of key content: which recording, from where to where, what, by whom; `at` is where it lies in true time."""

    id: str
    recording: Link
    start_seconds: float
    end_seconds: float
    at: datetime | None
    says: str
    by: str
    actions: list[Action]


class HintShown(Shape):
    """A spoken duty that may be there, as the agency's own model heard it: a second to listen to, never a finding."""

    duty: str
    start_seconds: float
    end_seconds: float
    at: str
    sure: str
    heard: str
    actions: list[Action]


class SpeechShown(Shape):
    """What was heard, or why nothing is."""

    says: str
    hints: list[HintShown]
    actions: list[Action]


class RedactionRow(Shape):
    """One copy with parts hidden, as its recording's page lists it."""

    id: str
    number: str
    purpose: str
    who: str
    state: State
    to: str


class HiddenShown(Shape):
    """One thing that a copy hides: what, from where to where, why, and how it was found."""

    kind: str
    start_seconds: float
    end_seconds: float
    reason: str
    made: str


class RedactionPage(Shape):
    head: Head
    track: Track | None
    hidden: list[HiddenShown]
    facts: list[Fact]
    proof: list[Fact]
    rail: Rail


class DetectorShown(Shape):
    """The detector of this house by its name, or None and why there is none that can be used."""

    name: str | None
    says: str


class Proposed(Shape):
    """What is proposed to be hidden: the same boxes as are drawn by hand, `places` as second, left, top, width, height."""

    begins: float
    ends: float
    reason: str
    made: str
    places: list[list[float]]


class AlignmentShown(Shape):
    """How the recordings of an activity lie to each other: a sentence for each, and the way to have it found out anew."""

    says: str
    rows: list[Fact]
    actions: list[Action]


class MediaSpan(Shape):
    start_seconds: float
    end_seconds: float


class LinkShown(Shape):
    """One link of a recording, standing or taken back."""

    id: str
    activity: Link | None
    case: Link | None
    part: State
    span: MediaSpan | None
    says: str
    ended: str | None
    actions: list[Action]


class Custody(Shape):
    """One place a recording has lain in."""

    place: str
    span: str
    who: str
    how: str
    digest: State


class PackageLine(Shape):
    """An evidence package as the page of its subject tells it. `download` is there for whom may take it now."""

    id: str
    number: str
    to: str
    state: State
    says: str
    digest: str
    download: Link | None
    actions: list[Action]


class PackageShelf(Shape):
    """The evidence packages of one thing; `ask` is there for whom may ask for another, `ask_copies` for copies in place of originals."""

    ask: Action | None
    ask_copies: Action | None
    rows: list[PackageLine]


class WindowPage(Shape):
    """What the window at the counter shows to whoever came: one thing to play, until when, and what is written over it."""

    title: str
    says: str
    kind: Literal["video", "audio", "image"]
    url: str
    watermark: str
    closes_at: datetime


class PackagePage(Shape):
    """One package: what goes to whom on whose word, the papers to be signed, who took it, and whether it came back."""

    head: Head
    says: str
    facts: list[Fact]
    copies: list[RedactionRow]
    download: Link | None
    papers: list[Link]
    handed: list[Fact]
    rail: Rail


class Waypoint(Shape):
    """Where the device was at a second of the recording; the named ones are places to hold it against, without a second."""

    at_seconds: float | None
    latitude: float
    longitude: float
    label: str


class Way(Shape):
    says: str
    points: list[Waypoint]
    places: list[Waypoint]


class RecordingPage(Shape):
    head: Head
    way: Way | None
    track: Track | None
    facts: list[Fact]
    media_facts: list[Fact]
    clocks: Clocks
    passages: list[Passage]
    segments: list[SegmentShown]
    speech: SpeechShown | None
    live: list[Fact]
    redactions: list[RedactionRow]
    watched: list[WatchedShown]
    vouchers: list[Link]
    doubts: list[State]
    device_log: DeviceLogShown | None
    links: list[LinkShown]
    suggestions: list[Suggestion]
    suggestions_says: str
    custody: list[Custody]
    digests: list[Fact]
    packages: PackageShelf
    rail: Rail


# ── 现场活动与执法事项 ──────────────────────────────────────


class ActivityRow(Shape):
    id: str
    number: str
    type: str
    place: str
    officers: str
    started_at: datetime | None
    ended_at: datetime | None
    state: State
    record: State
    case_number: str | None


class Explanation(Shape):
    id: str
    title: str
    state: State
    says: str
    signed: str
    to: str | None
    actions: list[Action]


class ActivityPage(Shape):
    head: Head
    facts: list[Fact]
    timeline: TimelineInput | None
    timeline_says: str
    tracks: list[Track]
    alignment: AlignmentShown | None
    segments: list[SegmentShown]
    recordings: list[RecordingRow]
    explanations: list[Explanation]
    packages: PackageShelf
    rail: Rail


class CaseRow(Shape):
    id: str
    number: str
    cause: str
    category: str
    parties: str
    officers: str
    stage: State
    started_at: datetime
    deadline: Deadline | None
    record: State


class CaseStage(Shape):
    key: str
    label: str
    state: Literal["done", "current", "ahead", "skipped"]
    at: datetime | None
    says: str


class GateLine(Shape):
    """One thing that stands in the way of a stage: what, by which article, whose it is, and the way to mend it."""

    says: str
    cite: Cite
    who: str
    action: Action | None


class StageGate(Shape):
    """转入一个环节之前还差什么；没有的，可以转入。"""

    label: str
    lines: list[GateLine]


class Party(Shape):
    name: str
    role: str
    note: str
    actions: list[Action] = []


class DocumentRow(Shape):
    id: str
    number: str
    title: str
    form: str
    state: State
    at: datetime | None
    to: str | None


class PaperOffer(Shape):
    """One kind of document that may be written about a thing, with those already written."""

    title: str
    says: str
    written: list[DocumentRow]
    action: Action | None


class PaperStage(Shape):
    """The documents of one stage; `current` is where the case stands now."""

    label: str
    current: bool
    papers: list[PaperOffer]


class CasePage(Shape):
    head: Head
    stages: list[CaseStage]
    gates: list[StageGate]
    facts: list[Fact]
    parties: list[Party]
    party_actions: list[Action] = []
    activities: list[ActivityRow]
    recordings: list[RecordingRow]
    documents: list[DocumentRow]
    shelf: list[PaperStage]
    contents: list[Fact]
    handovers: list[Explanation]
    clocks: list[Explanation]
    timeline: TimelineInput | None
    rail: Rail


# ── 文书 ───────────────────────────────────────────────────


class DocumentLine(Shape):
    id: str
    number: str
    title: str
    about: Link
    made_by: str
    made_at: datetime
    state: State


class PaperTable(Shape):
    """A list within a document: its columns and its rows."""

    label: str
    columns: list[str]
    rows: list[list[str]]
    jumps: list[str] = []


class InkedName(Shape):
    """What somebody put under a document: a signature, a refusal noted, a mark. `ink` is strokes or a picture."""

    label: str
    name: str
    note: str
    ink: str
    declined: bool = False


class DocumentPage(Shape):
    head: Head
    values: list[Fact]
    tables: list[PaperTable]
    signatures: list[InkedName]
    marks: list[InkedName]
    lacking: list[str]
    print: Link | None
    facts: list[Fact]
    rail: Rail


# ── 设备 ───────────────────────────────────────────────────


class DeviceTile(Shape):
    id: str
    number: str
    model: str
    kind: str
    unit: str
    holder: str | None
    state: State
    since: datetime | None
    note: str | None
    deadline: Deadline | None
    findings: list[Finding]
    actions: list[Action]


class DeviceGroup(Shape):
    key: str
    state: State
    count: int
    says: str
    devices: list[DeviceTile]
    more: Link | None


class DevicesPage(Shape):
    due: Due | None
    groups: list[DeviceGroup]
    filters: list[Filter]
    actions: list[Action]
    teach: Teach | None


# ── 上传 ───────────────────────────────────────────────────


class UploadDesk(Shape):
    says: str
    endpoint: str
    chunk_bytes: int
    accepts: str
    fields: list[FormField]
    unavailable: Problem | None


class UploadState(Shape):
    state: State
    settled: bool
    recording: Link | None
    proof: Proof | None
    problem: Problem | None
