/** What the timeline is given: true times, already corrected by the server; the page only draws them. */

export type SpanKind = 'recorded' | 'excepted' | 'explained' | 'missing'
export type LaneKind = 'camera' | 'documents' | 'events'

export interface TimelineSpan {
  start: string
  end: string
  kind: SpanKind
  /** 依规免除：事由；有说明：说明的题名；缺失：后果；已录：可空。 */
  label: string
  article?: string | null
  /** The recording's id, for opening it. */
  recording?: string | null
  /** Files of one take follow each other without a gap and are drawn as one; without it a recording is its own take. */
  take?: string | null
}

export interface TimelinePoint {
  at: string
  label: string
  kind: 'start' | 'stop' | 'signature' | 'mark' | 'event'
}

export interface TimelineLane {
  id: string
  label: string
  kind: LaneKind
  /** 设备时钟与所采信时刻之差，秒；正为快，空为不明。 */
  clock_offset_seconds: number | null
  spans: TimelineSpan[]
  points: TimelinePoint[]
}

export interface TimelineTotals {
  required_seconds: number
  recorded_seconds: number
  excepted_seconds: number
  explained_seconds: number
  missing_seconds: number
}

export interface TimelineInput {
  window: { start: string; end: string }
  lanes: TimelineLane[]
  /** The obligation as a whole, in the same four kinds. */
  summary: TimelineSpan[]
  totals: TimelineTotals
}
