/**
 * The arithmetic of playing several recordings in step.
 *
 * One line of true time runs under all tracks; each track stands on it where its believed clock puts it. Pure: the
 * player asks which tracks run at a moment and where in each file that moment lies.
 */
import type { Track } from '@/api/types'

/** `pace` is how many milliseconds of the line one millisecond of the file takes: not quite one where its clock drifts. */
export interface Placed { track: Track; start: number; end: number; pace: number }

export const placed = (tracks: Track[]): Placed[] => tracks.map((track) => {
  const start = Date.parse(track.started_at) + (track.shift_seconds ?? 0) * 1000
  const pace = 1 + (track.drift ?? 0)
  return { track, start, end: start + track.duration_seconds * 1000 * pace, pace }
})

export const runsAt = (one: Placed, time: number): boolean => one.start <= time && time < one.end

export const spanOf = (all: Placed[]): { start: number; end: number } =>
  ({ start: Math.min(...all.map((p) => p.start)), end: Math.max(...all.map((p) => p.end)) })

/** Seconds into the file at a moment, held inside the file. */
export const within = (one: Placed, time: number): number =>
  Math.min(Math.max(0, (time - one.start) / 1000 / one.pace), Math.max(0, one.track.duration_seconds - 0.001))

/** The moment on the line that a second of the file shows. */
export const momentOf = (one: Placed, seconds: number): number => one.start + seconds * 1000 * one.pace

/** How far apart two pictures may be before the eye or the ear notices, and before catching up would take too long; in seconds. */
export const TOGETHER = 0.012
export const LOST = 0.35

/**
 * What to do with a file that is `ahead` seconds before the one that leads: nothing, go a little slower or faster, or jump.
 * A jump tears the sound; a change of pace below a tenth is hardly heard, and brings 30 ms in within half a second.
 */
export function catchUp(ahead: number): { jump: boolean; pace: number } {
  if (Math.abs(ahead) > LOST) return { jump: true, pace: 1 }
  if (Math.abs(ahead) <= TOGETHER) return { jump: false, pace: 1 }
  return { jump: false, pace: 1 - Math.max(-0.1, Math.min(0.1, ahead * 2.5)) }
}

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
