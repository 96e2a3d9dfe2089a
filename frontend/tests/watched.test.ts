import { describe, expect, it } from 'vitest'
import { merged, Tally, total } from '@/player/watched'

describe('what was watched, second by second', () => {
  it('keeps every second that ran, also when the clock is looked at rarely', () => {
    const tally = new Tally()
    for (const at of [3.2, 3.6, 4.5, 5.6]) tally.see(at)
    expect(tally.seen).toEqual([[3, 6]])
  })
  it('keeps nothing of what was jumped over', () => {
    const tally = new Tally()
    tally.see(3.2)
    tally.see(30)
    tally.see(2)
    expect(tally.seen).toEqual([[2, 4], [30, 31]])
  })
  it('follows a faster pace', () => {
    const tally = new Tally()
    tally.see(0, 8)
    tally.see(7.5, 8)
    expect(tally.seen).toEqual([[0, 8]])
    tally.rest()
    tally.see(12, 8)
    expect(tally.seen).toEqual([[0, 8], [12, 13]])
  })
  it('tells each second once, and again only when telling failed', () => {
    const tally = new Tally()
    tally.see(1)
    const told = tally.take()
    expect(told).toEqual([[1, 2]])
    expect(tally.take()).toEqual([])
    tally.giveBack(told)
    expect(tally.waiting).toBe(1)
    expect(tally.seen).toEqual([[1, 2]])
  })
  it('joins what was watched before with what is watched now', () => {
    expect(merged([[0, 4], [10, 12]], [[3, 6], [12, 13]])).toEqual([[0, 6], [10, 13]])
    expect(total([[0, 6], [10, 13]])).toBe(9)
  })
})
