/**
 * The arithmetic of playing several recordings in step.
 *
 * One line of true time runs under all tracks; each track stands on it where its believed clock puts it. Pure: the
 * player asks which tracks run at a moment and where in each file that moment lies.
 */
import type { Track } from '@/api/types'

export interface Placed { track: Track; start: number; end: number }

export const placed = (tracks: Track[]): Placed[] => tracks.map((track) => {
  const start = Date.parse(track.started_at)
  return { track, start, end: start + track.duration_seconds * 1000 }
})

export const runsAt = (one: Placed, time: number): boolean => one.start <= time && time < one.end

export const spanOf = (all: Placed[]): { start: number; end: number } =>
  ({ start: Math.min(...all.map((p) => p.start)), end: Math.max(...all.map((p) => p.end)) })

/** Seconds into the file at a moment, held inside the file. */
export const within = (one: Placed, time: number): number =>
  Math.min(Math.max(0, (time - one.start) / 1000), Math.max(0, one.track.duration_seconds - 0.001))

/** When the picture next begins after a moment; null when nothing follows. */
export function nextStart(all: Placed[], time: number): number | null {
  const ahead = all.map((p) => p.start).filter((start) => start > time).sort((a, b) => a - b)
  return ahead[0] ?? null
}

/** The middle of the frame `by` frames from here: the middle, so that rounding never shows the neighbour. */
export function frameAt(seconds: number, rate: number, by: number): number {
  const frame = Math.floor(seconds * rate + 1e-4)
  return Math.max(0, (frame + by + 0.5) / rate)
}

export const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4, 8] as const

export function nextSpeed(speed: number, by: 1 | -1): number {
  const at = SPEEDS.findIndex((s) => s >= speed)
  return SPEEDS[Math.min(Math.max(at + by, 0), SPEEDS.length - 1)] ?? 1
}
