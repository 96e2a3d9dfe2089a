/**
 * The arithmetic of the timeline: where a moment stands, which marks the axis carries, which segments join, where a
 * label finds room, and the same facts as rows of a table.
 *
 * Pure: no clock, no document. Timeline.vue draws what is computed here; it refuses to know what a duty is.
 */
import { clockTime, length, THIN } from '@/words'
import type { SpanKind, TimelineInput, TimelineSpan } from './types'

export interface Window { start: number; end: number }
export interface Tick { at: number; x: number; label: string; day: string | null }
export interface Joined { span: TimelineSpan; start: number; end: number; files: TimelineSpan[] }
export interface Drawn extends Joined { x: number; width: number; kind: SpanKind }
export interface Callout { x: number; left: number; width: number; row: number; text: string; index: number }
export interface TableRow { lane: string; start: string; end: string; length: string; state: string; says: string }

export const KIND_WORDS: Record<SpanKind, string> = {
  recorded: '已录', excepted: '依规免除', explained: '已说明', missing: '缺失',
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const STEPS = [1, 2, 5, 10, 15, 30].map((n) => n * SECOND)
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), [1, 2, 3, 6, 12, 24].map((n) => n * HOUR))
/** The shortest stretch worth looking at; below it single frames belong to the player. */
export const SHORTEST = 20 * SECOND
/** Segments of one recording this near to each other are one: cameras cut their files between two frames. */
const JOIN = 1.5 * SECOND
const EAST = 8 * HOUR

export const windowOf = (input: TimelineInput): Window =>
  ({ start: Date.parse(input.window.start), end: Date.parse(input.window.end) })

export const toX = (time: number, view: Window, width: number): number =>
  ((time - view.start) / Math.max(1, view.end - view.start)) * width

export const toTime = (x: number, view: Window, width: number): number =>
  view.start + (Math.min(Math.max(x, 0), width) / Math.max(1, width)) * (view.end - view.start)

/** The step between marks: the smallest of the usual ones that leaves each label its room. */
export function tickStep(view: Window, width: number): number {
  const span = view.end - view.start
  const most = (step: number) => Math.max(2, Math.floor(width / (step < MINUTE ? 84 : 72)))
  return STEPS.find((step) => span / step <= most(step)) ?? Math.ceil(span / most(HOUR) / (24 * HOUR)) * 24 * HOUR
}

/** Marks on round times of the Beijing clock; the first of each day also names the day. */
export function ticks(view: Window, width: number): Tick[] {
  const step = tickStep(view, width)
  const first = Math.ceil((view.start + EAST) / step) * step - EAST
  const found: Tick[] = []
  let lastDay = ''
  for (let at = first; at <= view.end; at += step) {
    const day = new Date(at + EAST).toISOString().slice(5, 10)
    found.push({ at, x: toX(at, view, width), label: clockTime(at, step < MINUTE), day: day === lastDay ? null : day })
    lastDay = day
  }
  return found
}

/** Join the files of one take that follow each other without a gap. */
export function joined(spans: TimelineSpan[]): Joined[] {
  const sorted = spans
    .map((span) => ({ span, start: Date.parse(span.start), end: Date.parse(span.end), files: [span] }))
    .sort((a, b) => a.start - b.start || a.end - b.end)
  const found: typeof sorted = []
  for (const next of sorted) {
    const last = found.at(-1)
    const same = last && last.span.kind === 'recorded' && next.span.kind === 'recorded'
      && takeOf(last.span) != null && takeOf(last.span) === takeOf(next.span)
    if (same && next.start - last.end <= JOIN) {
      last.end = Math.max(last.end, next.end)
      last.files.push(next.span)
    } else found.push(next)
  }
  return found
}

const takeOf = (span: TimelineSpan): string | null => span.take ?? span.recording ?? null

/** Which file of a joined bar runs at a moment. */
export const fileAt = (bar: Joined, at: number): TimelineSpan =>
  bar.files.find((file) => Date.parse(file.start) <= at && at < Date.parse(file.end)) ?? bar.span

/** What a lane draws inside the view. A span is never narrower than `least` pixels: a missing second must be seen. */
export function drawn(spans: TimelineSpan[], view: Window, width: number, least = 3): Drawn[] {
  return joined(spans)
    .filter(({ start, end }) => end > view.start && start < view.end)
    .map(({ span, start, end, files }) => {
      const from = toX(Math.max(start, view.start), view, width)
      const to = toX(Math.min(end, view.end), view, width)
      const wide = Math.max(to - from, least)
      return { start, end, x: Math.min(from, width - wide), width: wide, kind: span.kind, span, files }
    })
}

/** The words a span carries: its kind, its length, and the article or reason. */
export function spanWords(span: TimelineSpan): string {
  const seconds = (Date.parse(span.end) - Date.parse(span.start)) / SECOND
  const reason = [span.article, span.label].filter(Boolean).join(`${THIN}`)
  return `${KIND_WORDS[span.kind]}${THIN}${length(seconds)}${reason ? `（${reason}）` : ''}`
}

/** A rough width of text: a Han character is as wide as the type is high, all else a little over half. */
export function textWidth(text: string, size = 12): number {
  let units = 0
  for (const char of text) units += char === THIN ? 0.2 : /[\u2e80-\uffef]/.test(char) ? 1 : 0.58
  return Math.ceil(units * size)
}

export interface Wanted { x: number; text: string; index: number; weight: number }

/**
 * Place labels above what they name, in as few rows as needed.
 *
 * The heaviest choose first, so that a missing stretch never loses its label to a point; one that finds no room in
 * `rows` rows is left out: its title and the table still say it.
 */
export function callouts(wanted: Wanted[], width: number, rows = 3): Callout[] {
  const taken: [number, number][][] = Array.from({ length: rows }, () => [])
  const placed: Callout[] = []
  for (const { x, text, index } of [...wanted].sort((a, b) => b.weight - a.weight || a.x - b.x)) {
    const wide = textWidth(text) + 8
    if (wide > width) continue
    const left = Math.min(Math.max(0, x - wide / 2), width - wide)
    const row = taken.findIndex((used) => used.every(([from, to]) => left >= to + 4 || left + wide + 4 <= from))
    if (row < 0) continue
    taken[row]!.push([left, left + wide])
    placed.push({ x, left, width: wide, row, text, index })
  }
  return placed
}

/** The words a span carries outside its bar, shortened until they fit: reason first to go, the article last. */
export function shortWords(span: TimelineSpan, room: number): string {
  const full = spanWords(span)
  if (textWidth(full) <= room) return full
  return spanWords({ ...span, label: '' })
}

/** Zoom by `factor` around a moment, never out of the whole nor below the shortest stretch. */
export function zoomed(view: Window, whole: Window, factor: number, around: number): Window {
  const full = whole.end - whole.start
  const span = Math.min(full, Math.max(Math.min(SHORTEST, full), (view.end - view.start) * factor))
  const share = (around - view.start) / Math.max(1, view.end - view.start)
  return shifted({ start: around - share * span, end: around - share * span + span }, whole)
}

/** Push a view back inside the whole without changing its length. */
export function shifted(view: Window, whole: Window): Window {
  const span = Math.min(view.end - view.start, whole.end - whole.start)
  const start = Math.min(Math.max(view.start, whole.start), whole.end - span)
  return { start, end: start + span }
}

/** What each camera does at a moment, in words: for the cursor and for a screen reader. */
export function standing(input: TimelineInput, at: number): string {
  const on = (span: TimelineSpan) => Date.parse(span.start) <= at && at < Date.parse(span.end)
  const cameras = input.lanes.filter((lane) => lane.kind === 'camera')
  const recording = cameras.filter((lane) => lane.spans.some((s) => s.kind === 'recorded' && on(s)))
  const whole = input.summary.find(on)
  const said = whole ? spanWords(whole) : '不在应录时段内'
  return `${clockTime(at, true)}，${said}${recording.length ? `；${recording.map((lane) => lane.label).join('、')}在录` : ''}`
}

/** The same facts as a table: the whole duty first, then lane by lane, in order of time. */
export function tableRows(input: TimelineInput): TableRow[] {
  const ofSpans = (lane: string, spans: TimelineSpan[]): TableRow[] => joined(spans).map(({ span, start, end, files }) => ({
    lane, start: clockTime(start, true), end: clockTime(end, true), length: length((end - start) / SECOND),
    state: KIND_WORDS[span.kind], says: [span.article, ...files.map((file) => file.label)].filter(Boolean).join('，'),
  }))
  const rows = ofSpans('应录时段', input.summary)
  for (const lane of input.lanes) {
    rows.push(...ofSpans(lane.label, lane.spans))
    rows.push(...[...lane.points].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).map((point) => ({
      lane: lane.label, start: clockTime(point.at, true), end: '', length: '', state: '时点', says: point.label,
    })))
  }
  return rows
}
