/** What the server says of alignments and key segments; held to its own description in `contract.ts` through the pages. */
import type { Action, Fact, Link, Moment } from './types'

/** One piece of key content; `at` is where it lies in true time, null where the recording's own time is not known. */
export interface SegmentShown {
  id: string
  recording: Link
  start_seconds: number
  end_seconds: number
  at: Moment | null
  says: string
  by: string
  actions: Action[]
}

export interface AlignmentShown {
  says: string
  rows: Fact[]
  actions: Action[]
}
