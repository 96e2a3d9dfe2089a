import { describe, expect, it } from 'vitest'
import type { Track } from '@/api/types'
import { catchUp, frameAt, momentOf, nextSpeed, nextStart, placed, runsAt, spanOf, within } from '@/player/deck'

const t = (time: string) => Date.parse(`2026-11-21T${time}+08:00`)
const track = (id: string, start: string, seconds: number): Track => ({
  id, label: id, kind: 'video', mime: 'video/mp4', url: '/media/x', open_url: null, poster: null, started_at: `2026-11-21T${start}+08:00`, duration_seconds: seconds, frame_rate: 25, shift_seconds: 0, drift: 0, clock: '文件名', watched: [], note: null, unavailable: null,
})
const decks = placed([track('a', '09:00:00', 60), track('b', '09:00:20', 60), track('c', '10:00:00', 60)])

describe('tracks that were aligned', () => {
  const [one] = placed([{ ...track('a', '09:00:00', 100), shift_seconds: 7.4, drift: 100e-6 }])
  it('stand where their sound puts them, at the pace of their own clock', () => {
    expect(one!.start).toBe(t('09:00:07.400'))
    expect(within(one!, t('09:00:07.400') + 50_005)).toBeCloseTo(50, 6)
    expect(momentOf(one!, 50)).toBeCloseTo(t('09:00:07.400') + 50_005, 3)
  })
  it('catch up gently while they are nearly together, and jump only when lost', () => {
    expect(catchUp(0.005)).toEqual({ jump: false, pace: 1 })
    expect(catchUp(0.03).pace).toBeLessThan(1)
    expect(catchUp(-0.03).pace).toBeGreaterThan(1)
    expect(catchUp(0.2).pace).toBeCloseTo(0.9)
    expect(catchUp(-2)).toEqual({ jump: true, pace: 1 })
  })
})

describe('several tracks on one line of time', () => {
  it('run where their believed clock puts them', () => {
    expect(decks.filter((d) => runsAt(d, t('09:00:30'))).map((d) => d.track.id)).toEqual(['a', 'b'])
    expect(decks.filter((d) => runsAt(d, t('09:01:00'))).map((d) => d.track.id)).toEqual(['b'])
    expect(decks.filter((d) => runsAt(d, t('09:30:00')))).toEqual([])
  })

  it('stand in step: one moment, two places in two files', () => {
    expect(within(decks[0]!, t('09:00:30'))).toBe(30)
    expect(within(decks[1]!, t('09:00:30'))).toBe(10)
    expect(within(decks[1]!, t('08:00:00'))).toBe(0)
    expect(within(decks[0]!, t('11:00:00'))).toBeLessThan(60)
  })

  it('know the whole and what comes next', () => {
    expect(spanOf(decks)).toEqual({ start: t('09:00:00'), end: t('10:01:00') })
    expect(nextStart(decks, t('09:30:00'))).toBe(t('10:00:00'))
    expect(nextStart(decks, t('10:00:00'))).toBeNull()
  })
})

describe('stepping', () => {
  it('goes exactly one frame forward and back, at the usual and the awkward rates', () => {
    for (const rate of [25, 29.97, 30, 50]) {
      let at = frameAt(10, rate, 0)
      const frames = Array.from({ length: 5 }, () => { at = frameAt(at, rate, 1); return Math.floor(at * rate) })
      expect(frames.map((f, i) => f - frames[0]! - i)).toEqual([0, 0, 0, 0, 0])
      expect(Math.floor(frameAt(at, rate, -1) * rate)).toBe(frames.at(-1)! - 1)
    }
    expect(frameAt(0, 25, -1)).toBe(0)
  })

  it('changes speed one notch and stops at the ends', () => {
    expect(nextSpeed(1, 1)).toBe(1.5)
    expect(nextSpeed(8, 1)).toBe(8)
    expect(nextSpeed(0.25, -1)).toBe(0.25)
  })
})
