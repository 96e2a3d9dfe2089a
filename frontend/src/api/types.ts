/**
 * What the server says to the pages: one frozen object a page.
 *
 * Field names are the server's (snake_case). Wording, labels, tones and verdicts come from the server; a page shows
 * what it is given and decides nothing. Times are ISO 8601 with an offset. An `id` is what stands in an address,
 * a `number` is what the office calls the thing. Held to the server's own description in `contract.ts`.
 */
import type { IntakePage, IntakeRow, StayPage, StayRow } from './intakes'
import type { DevicePage, EquipmentPage, HandOutBoard, ImportDesk, LedgerSection, LoanSlip } from './devices'
import type { TimelineInput } from '@/timeline/types'
import type { AbsenceRow, StationsPage } from './absences'
import type { Custody, LinkingRow, LinkShown, Shifts } from './linking'
import type { BackupsPage, DisposalPage, DisposalRow, HeldShown, HoldRow, KeepingCalendar, KeepingRow } from './keeping'
import type { VolumePage, VolumeRow } from './filing'
import type { AlignmentShown, DetectorShown, PackagePage, RedactionPage, RedactionRow, SegmentShown, SpeechShown, Stretch, WatchedShown, Way, WindowPage } from './seeing'
import type { OutwardLine, OutwardRow } from './outward'
import type { AccountPage, PersonPage, PersonRow, PostsPage, RightsPage } from './people'
import type { AlertsPage, ExaminationPage, ExaminationRow, LiabilityPage, LiabilityRow, RegistersPage, StatisticsPage } from './oversight'
import type { ComparisonPage, LawFindingRow, PassageShown, RulesPage, ShelfPage, TrialPage } from './law'

export type Moment = string

/** 颜色只有五种意思：平常、办理、违反、将到期、已证实。 */
export type Tone = 'plain' | 'action' | 'breach' | 'due' | 'proven'

export interface State {
  label: string
  tone: Tone
  /** 这个状态的由来，或下一步何时发生。 */
  reason?: string | null
}

export interface Cite {
  regulation: string
  article: string
  clause?: string
  /** 条文原文：机关附上法规文本后才有。 */
  text?: string | null
}

/** The one shape of every refusal and failure. `fields` names the form fields that are wrong, each with its own words. */
export interface Problem {
  status: number
  why: string
  do: string
  cite: Cite | null
  fields?: Record<string, string> | null
  retry_seconds?: number | null
  /** Further lines to show: the shortfalls of a check, the rows that stand in the way. */
  details?: string[] | null
}

export interface Option {
  value: string
  label: string
  hint?: string | null
  unavailable?: string | null
}

export type FieldValue = string | string[] | number | boolean | Record<string, string> | null

export interface Field {
  name: string
  label: string
  kind: 'text' | 'long' | 'moment' | 'select' | 'many' | 'checks' | 'number' | 'switch' | 'password' | 'ink' | 'table' | 'file'
  required: boolean
  hint?: string | null
  value?: FieldValue
  options?: Option[]
  /** Where long lists are searched: `?q=` answers `Option[]`. */
  options_url?: string | null
  /** For `checks`: what each line may be marked as (正常, 不正常). The value is line -> choice. */
  choices?: Option[]
  /** For `table`: the columns. The value is one line a row, cells parted by tabs. */
  columns?: string[]
}

/** A form made by the server: fetched from `form_url`, sent to `url`. */
export interface Form {
  title: string
  intro: string
  cite: Cite | null
  fields: Field[]
  submit: string
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  guidance?: Guided[]
  /** Where a passkey's question is asked; its answer goes to `url` as `passkey`. */
  passkey_url?: string | null
}

/** Something a person may do: go to a page (`to`), fill in a form (`form_url`), or act at once (`method` and `url`). */
export interface Action {
  key: string
  label: string
  main?: boolean
  to?: string | null
  form_url?: string | null
  method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | null
  url?: string | null
  /** Fixed body of an act done at once. */
  body?: Record<string, unknown> | null
  /** Asked before acting at once: says what will happen. */
  confirm?: string | null
  /** Why it cannot be done now; the button is shown but closed. */
  unavailable?: string | null
}

/** What an act answers: the words to show, and where to go next. */
export interface Done {
  said: string
  /** Shown this one time and kept nowhere. */
  once?: string | null
  to?: string | null
  proof?: Proof | null
}

export interface Fact {
  label: string
  value: string
  note?: string | null
  mono?: boolean
  tone?: Tone
  to?: string | null
}

export interface Link {
  label: string
  to: string
  note?: string | null
}

export interface Deadline {
  label: string
  due_at: Moment
  tone: Tone
  /** 已办结的时刻；有此值则不再倒计时。 */
  done_at?: Moment | null
  /** 停止计算的原因，如“暂缓”。 */
  held?: string | null
  cite: Cite | null
  to?: string | null
}

export interface Finding {
  id: string
  title: string
  verdict: State
  cite: Cite
  /** 条文要求什么：我们自己的话。 */
  asks: string
  /** 为什么得出这个结论。 */
  because: string
  facts: Fact[]
  /** 这个结论何时会变，变成什么。 */
  turns: { at: Moment; says: string } | null
  mends: Action[]
  judged_at: Moment
  /** 判定时所依的规则包和版本。 */
  pack: string
  /** 后来的全面重判核对过、未变的，写明依哪个版本；没有的为空。 */
  confirmed?: string | null
}

/** 从事实到结论的一步一步。 */
export interface Why {
  steps: Fact[]
  note?: string | null
}

/** 制度提示：一句话和它的条款。 */
export interface Guided {
  says: string
  cite: Cite
}

export interface Proof {
  /** 台账序号。 */
  journal_number: number
  what: string
  at: Moment
  state: State
  sealed: boolean
}

/** The receipt behind a 存证 chip: `/receipts/{journal_number}`. */
export interface Receipt {
  proof: Proof
  facts: Fact[]
  checkpoint: Fact[] | null
  witnesses: { name: string; state: State; at: Moment | null }[]
  how_to_verify: string[]
  downloads: Link[]
}

export interface TrailStep {
  at: Moment
  who: string
  what: string
  note?: string | null
  tone?: Tone
  journal_number: number | null
  to?: string | null
}

export interface ClockReading {
  source: string
  reads: Moment | null
  /** 与所采信时刻之差，秒；正为快。 */
  offset_seconds: number | null
  believed: boolean
  why: string
}

export interface Clocks {
  says: string
  readings: ClockReading[]
}

export interface Teach {
  title: string
  what_belongs: string
  how_it_gets_here: string
  action: Action | null
}

export interface Filter {
  key: string
  label: string
  kind: 'text' | 'select' | 'dates'
  options?: Option[]
}

export interface SavedView {
  key: string
  label: string
  /** The query that makes the view. */
  query: Record<string, string>
}

export interface Listing<Row> {
  rows: Row[]
  /** Key of the next page; null at the end. */
  next: string | null
  /** “共 23 条”“超过 1,000 条”. */
  count_label: string
  filters: Filter[]
  views: SavedView[]
  actions: Action[]
  teach: Teach | null
}

/** The right rail of every detail page. */
export interface Rail {
  guidance: Guided[]
  findings: Finding[]
  deadlines: Deadline[]
  proofs: Proof[]
  trail: TrailStep[]
}

/** The head of every detail page: what it is, its state, and what is due first. */
export interface Head {
  id: string
  number: string
  title: string
  state: State
  /** 先办的一件事；没有则为空。 */
  due: Due | null
  actions: Action[]
  crumbs: Link[]
}

export interface Due {
  says: string
  deadline: Deadline | null
  tone: Tone
  action: Action | null
  cite: Cite | null
}

// ── 登录与外框 ──────────────────────────────────────────────

export interface Banner {
  key: string
  tone: Tone
  says: string
  do: string
  action: Action | null
}

export type Section =
  | 'workbench' | 'intakes' | 'cases' | 'activities' | 'recordings' | 'documents' | 'devices' | 'access'
  | 'retention' | 'archive' | 'oversight' | 'statistics' | 'registers' | 'proof' | 'rules' | 'people' | 'system'

export interface Session {
  person: { id: string; name: string; title: string; unit: string }
  agency: { name: string; short_name: string }
  sections: { key: Section; label: string; badge: number | null }[]
  search: { placeholder: string } | null
  deadlines: { count: number; tone: Tone; nearest: Deadline[] }
  banners: Banner[]
  menu: Action[]
  /** Nothing can be done before the account is safe: a password of one's own, a second factor. */
  must_secure?: boolean
}

/** Before log-in: what the door says. */
export interface Door {
  agency: string
  banners: Banner[]
  hint: string
  /** Ways to log in beside name and password. */
  ways: { key: 'provider' | 'certificate'; label: string }[]
}

// ── 工作台 ─────────────────────────────────────────────────

export interface Part { text: string; hit: boolean }
export interface SearchHit { id: string; number: Part[]; title: Part[]; text: Part[]; at: string; to: string | null }
export interface SearchGroup { key: string; label: string; count_label: string; hits: SearchHit[]; next: string | null }
export interface SearchPage { says: string; groups: SearchGroup[] }

export interface DueItem { key: string; title: string; what: string; number: string; deadline: Deadline | null; state: State; action: Action; cite: Cite | null; decides: boolean }

export interface WorkbenchPage {
  greeting: string
  first: Due | null
  /** 别人等着他决定的，排在最前。 */
  decide: DueItem[]
  decide_more: Link | null
  due: DueItem[]
  due_more: Link | null
  /** 没有列出的，按种类写明件数。 */
  folded: Link[]
  facts: { key: string; label: string; value: string; note: string; tone: Tone; to: string | null }[]
  recent: TrailStep[]
  teach: Teach | null
}

// ── 现场活动 ────────────────────────────────────────────────

export interface ActivityRow {
  id: string
  number: string
  type: string
  place: string
  officers: string
  started_at: Moment | null
  ended_at: Moment | null
  state: State
  record: State
  case_number: string | null
}

/** 一个证据包到哪一步；download 只给现在能取的人。 */
export interface PackageLine {
  id: string
  number: string
  to: string
  state: State
  says: string
  digest: string
  download: Link | null
  actions: Action[]
}

export interface PackageShelf {
  ask: Action | null
  ask_copies: Action | null
  rows: PackageLine[]
}

export interface Explanation { id: string; title: string; state: State; says: string; signed: string; to: string | null; actions: Action[] }

export interface ActivityPage {
  head: Head
  facts: Fact[]
  timeline: TimelineInput | null
  timeline_says: string
  tracks: Track[]
  alignment: AlignmentShown | null
  segments: SegmentShown[]
  recordings: RecordingRow[]
  explanations: Explanation[]
  packages: PackageShelf
  rail: Rail
}

// ── 音像资料 ────────────────────────────────────────────────

export interface RecordingRow {
  id: string
  number: string
  kind: string
  started_at: Moment | null
  duration_seconds: number | null
  size_bytes: number
  device: string
  officer: string
  state: State
  marks: State[]
  linked_to: Link | null
  thumbnail: string | null
  /** 没有画面时写在原处：种类与缘由。 */
  no_thumbnail: string | null
}

/** One thing that can be played. Where `url` is empty, posting to `open_url` registers the viewing and answers the address. */
export interface Track {
  id: string
  label: string
  kind: 'video' | 'audio' | 'image'
  mime: string
  url: string | null
  open_url: string | null
  poster: string | null
  started_at: Moment
  duration_seconds: number
  frame_rate: number | null
  /** By how many seconds it begins later than its believed clock says, and how many seconds its clock gains a second. */
  shift_seconds: number
  drift: number
  /** Which clock the time on the picture comes from; empty where none is believed. */
  clock: string
  /** Which seconds this person has seen so far. */
  watched: Stretch[]
  /** “正在播放为浏览器转制的副本，原件未动。” */
  note: string | null
  /** Why it cannot be played now, and what to do. */
  unavailable: Problem | null
}

export interface OpenedTrack {
  url: string
  expires_at: Moment
  proof: Proof
  /** Who looks, when: written over the picture. */
  watermark: string
  /** Takes the seconds that ran; null where they are not kept. */
  watched_url: string | null
}

export interface Suggestion {
  activity: Link
  number: string
  when: string
  place: string
  likelihood: State
  reasons: { says: string; tone: Tone }[]
  action: Action
}

export interface RecordingPage {
  head: Head
  track: Track | null
  facts: Fact[]
  media_facts: Fact[]
  clocks: Clocks
  segments: SegmentShown[]
  speech: SpeechShown | null
  live: Fact[]
  redactions: RedactionRow[]
  watched: WatchedShown[]
  vouchers: Link[]
  way: Way | null
  passages: { kind: State; start_seconds: number; end_seconds: number; says: string }[]
  /** 时间、编号与相邻的音像对不上之处：疑点，不是结论。 */
  doubts: State[]
  /** 记录仪自己写的日志，只有日志文件的页上有。 */
  device_log: { says: string; lines: { at: string; what: string; file: string }[] } | null
  links: LinkShown[]
  suggestions: Suggestion[]
  suggestions_says: string
  custody: Custody[]
  digests: Fact[]
  packages: PackageShelf
  rail: Rail
}

// ── 执法事项 ────────────────────────────────────────────────

export interface CaseRow {
  id: string
  number: string
  cause: string
  category: string
  parties: string
  officers: string
  stage: State
  started_at: Moment
  deadline: Deadline | null
  record: State
}

export interface CaseStage {
  key: string
  label: string
  state: 'done' | 'current' | 'ahead' | 'skipped'
  at: Moment | null
  says: string
}

export interface DocumentRow {
  id: string
  number: string
  title: string
  form: string
  state: State
  at: Moment | null
  to: string | null
}

export interface PaperStage {
  label: string
  current: boolean
  papers: { title: string; says: string; written: DocumentRow[]; action: Action | null }[]
}

/** 转入一个环节之前还差什么。 */
export interface StageGate {
  label: string
  lines: { says: string; cite: Cite; who: string; action: Action | null }[]
}

export interface CasePage {
  head: Head
  stages: CaseStage[]
  gates: StageGate[]
  facts: Fact[]
  parties: { name: string; role: string; note: string; actions: Action[] }[]
  party_actions: Action[]
  activities: ActivityRow[]
  /** 没有现场活动、直接归到本事项的音像。 */
  recordings: RecordingRow[]
  documents: DocumentRow[]
  /** 各环节可写的文书。 */
  shelf: PaperStage[]
  /** 制度要求逐项登记的办案内容。 */
  contents: Fact[]
  /** 交接清单。 */
  handovers: Explanation[]
  clocks: Explanation[]
  timeline: TimelineInput | null
  rail: Rail
}

// ── 文书 ───────────────────────────────────────────────────

export interface DocumentLine {
  id: string
  number: string
  title: string
  about: Link
  made_by: string
  made_at: Moment
  state: State
}

/** 签名、拒签注明或者印记；`ink` 是一张 SVG。 */
export interface InkedName {
  label: string
  name: string
  note: string
  ink: string
  declined?: boolean
}

export interface DocumentPage {
  head: Head
  values: Fact[]
  tables: { label: string; columns: string[]; rows: string[][]; jumps: string[] }[]
  signatures: InkedName[]
  marks: InkedName[]
  /** 定稿之前还缺什么。 */
  lacking: string[]
  print: Link | null
  facts: Fact[]
  rail: Rail
}

// ── 设备 ───────────────────────────────────────────────────

export interface DeviceTile {
  id: string
  number: string
  model: string
  kind: string
  unit: string
  holder: string | null
  state: State
  since: Moment | null
  note: string | null
  deadline: Deadline | null
  findings: Finding[]
  actions: Action[]
}

export interface DevicesPage {
  due: Due | null
  groups: { key: string; state: State; count: number; says: string; devices: DeviceTile[]; more: Link | null }[]
  filters: Filter[]
  actions: Action[]
  teach: Teach | null
}

// ── 存证 ───────────────────────────────────────────────────

/** Who vouches from outside: how far, since when, what is in the way. */
export interface WitnessRow {
  key: string
  name: string
  state: State
  facts: Fact[]
  downloads: Link[]
  actions: Action[]
}

/** A sheet of QR codes to print and carry to a witness. */
export interface SlipPage {
  title: string
  says: string
  facts: Fact[]
  codes: { label: string; side: number; path: string }[]
  download: Link
}

export interface ProofPage {
  standing: State
  says: string
  facts: Fact[]
  due: Due | null
  silences: Fact[]
  outside: WitnessRow[]
  checkpoints: {
    size: number
    at: Moment
    root: string
    signed_by: string
    witnesses: { name: string; state: State; at: Moment | null }[]
    state: State
    downloads: Link[]
  }[]
  next: string | null
  verify: { title: string; steps: { says: string; command: string | null }[] }[]
  promises_not: string[]
  actions: Action[]
}

// ── 上传 ───────────────────────────────────────────────────

/** Before an upload: what to fill in, and the real state of what was sent lately. */
export interface UploadDesk {
  says: string
  endpoint: string
  chunk_bytes: number
  accepts: string
  fields: Field[]
  unavailable: Problem | null
}

/** The server's own word about one upload: `/uploads/{id}`. */
export interface UploadState {
  state: State
  settled: boolean
  recording: Link | null
  proof: Proof | null
  problem: Problem | null
}

// ── 地址与回答 ───────────────────────────────────────────────

/** Every address that a page reads, with what it answers. */
export interface Reads {
  '/door': Door
  '/session': Session
  '/workbench': WorkbenchPage
  '/account': AccountPage
  '/people': Listing<PersonRow>
  '/people/{id}': PersonPage
  '/posts': PostsPage
  '/rights/{officer}/{number}': RightsPage
  '/search': SearchPage
  '/intakes': Listing<IntakeRow>
  '/intakes/{id}': IntakePage
  '/stays': Listing<StayRow>
  '/stays/{id}': StayPage
  '/activities': Listing<ActivityRow>
  '/activities/{id}': ActivityPage
  '/recordings': Listing<RecordingRow>
  '/recordings/{id}': RecordingPage
  '/cases': Listing<CaseRow>
  '/cases/{id}': CasePage
  '/documents': Listing<DocumentLine>
  '/documents/{id}': DocumentPage
  '/devices': DevicesPage
  '/devices/{id}': DevicePage
  '/devices/{id}/slip': LoanSlip
  '/hand-out': HandOutBoard
  '/equipment': EquipmentPage
  '/device-imports': ImportDesk
  '/supply-requests': LedgerSection
  '/bulk-notices': LedgerSection
  '/window': WindowPage
  '/stations': StationsPage
  '/absences': Listing<AbsenceRow>
  '/linking': Listing<LinkingRow>
  '/linking/shifts': Shifts
  '/handovers': Listing<OutwardRow>
  '/handovers/line': OutwardLine
  '/keeping': Listing<KeepingRow>
  '/keeping/calendar': KeepingCalendar
  '/holds': Listing<HoldRow>
  '/backups': BackupsPage
  '/redactions/{id}': RedactionPage
  '/recordings/{id}/detector': DetectorShown
  '/packages/{id}': PackagePage
  '/disposals': Listing<DisposalRow>
  '/disposals/{id}': DisposalPage
  '/volumes': Listing<VolumeRow>
  '/volumes/{id}': VolumePage
  '/recordings/{id}/holds': HeldShown
  '/activities/{id}/holds': HeldShown
  '/cases/{id}/holds': HeldShown
  '/inspections': Listing<ExaminationRow>
  '/inspections/{id}': ExaminationPage
  '/liability': Listing<LiabilityRow>
  '/liability/{id}': LiabilityPage
  '/registers': RegistersPage
  '/statistics': StatisticsPage
  '/alerts': AlertsPage
  '/proof': ProofPage
  '/proof/witnesses/{id}': SlipPage
  '/rules': RulesPage
  '/rules/rows': Listing<LawFindingRow>
  '/rules/passage': PassageShown
  '/findings/{id}/why': Why
  '/rules/shelf': ShelfPage
  '/rules/comparison': ComparisonPage
  '/rules/trial': TrialPage
  '/receipts/{number}': Receipt
  '/uploads/desk': UploadDesk
  '/uploads/{id}': UploadState
}
