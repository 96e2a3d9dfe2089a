/** What the server says of alignments and key segments; held to its own description in `contract.ts` through the pages. */
import type { Action, Fact, Head, Link, Moment, Rail, State, Tone, Track } from './types'

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

/** A spoken duty that may be there: a second to listen to, never a finding. */
export interface HintShown { duty: string; start_seconds: number; end_seconds: number; at: string; sure: string; heard: string; actions: Action[] }

/** What the agency's own model heard, or why nothing is. */
export interface SpeechShown { says: string; hints: HintShown[]; actions: Action[] }

export interface AlignmentShown {
  says: string
  rows: Fact[]
  actions: Action[]
}

/** One copy with parts hidden, as its recording's page lists it. */
export interface RedactionRow {
  id: string
  number: string
  purpose: string
  who: string
  state: State
  to: string
}

/** The detector of this house by its name; null, and why there is none. */
export interface DetectorShown { name: string | null; says: string }

/** What goes to whom on whose word, the papers to be signed, who took it, whether it came back. */
export interface WindowPage {
  title: string
  says: string
  kind: 'video' | 'audio' | 'image'
  url: string
  watermark: string
  closes_at: string
}

export interface PackagePage {
  head: Head
  says: string
  facts: Fact[]
  copies: RedactionRow[]
  download: Link | null
  papers: Link[]
  handed: Fact[]
  rail: Rail
}

export interface RedactionPage {
  head: Head
  track: Track | null
  hidden: { kind: string; start_seconds: number; end_seconds: number; reason: string; made: string }[]
  facts: Fact[]
  proof: Fact[]
  rail: Rail
}

/** Whole seconds from and to. */
export interface Stretch { start_seconds: number; end_seconds: number }

/** One look at a recording: what ran before somebody's eyes, what he only heard. */
export interface WatchedShown {
  who: string
  opened_at: Moment
  basis: string
  says: string
  tone: Tone
  seen: Stretch[]
  heard: Stretch[]
}

/** Where the device was; `places` are what it is held against. */
export interface Waypoint { at_seconds: number | null; latitude: number; longitude: number; label: string }
export interface Way { says: string; points: Waypoint[]; places: Waypoint[] }
