import { describe, expect, it } from 'vitest'
import { articleShown, clockError, clockTime, left, length, moment, position, shortMoment, size, stretch, THIN } from '@/words'

const thin = (text: string) => text.replaceAll(' ', THIN)
const NOW = '2026-11-21T14:05:00+08:00'

describe('times', () => {
  it('are Beijing times wherever the PC stands', () => {
    expect(moment('2026-11-21T06:05:09Z')).toBe('2026-11-21 14:05')
    expect(moment('2026-11-20T16:00:00Z', true)).toBe('2026-11-21 00:00:00')
    expect(clockTime('2026-11-21T16:30:00Z')).toBe('00:30')
  })

  it('name the year only when it is another one', () => {
    expect(shortMoment('2026-11-22T14:00:00+08:00', NOW)).toBe('11-22 14:00')
    expect(shortMoment('2027-01-15T17:00:00+08:00', NOW)).toBe('2027-01-15 17:00')
  })

  it('name the second day only when it differs', () => {
    expect(stretch('2026-11-21T09:00:00+08:00', '2026-11-21T10:12:00+08:00', NOW)).toBe(`11-21 09:00${THIN}至${THIN}10:12`)
    expect(stretch('2026-11-21T23:00:00+08:00', '2026-11-22T01:00:00+08:00', NOW)).toBe(`11-21 23:00${THIN}至${THIN}11-22 01:00`)
    expect(stretch('2026-11-21T23:00:00+08:00', null, NOW)).toBe(`11-21 23:00${THIN}起`)
  })
})

describe('lengths', () => {
  it.each([[0, '0 秒'], [45, '45 秒'], [192, '3 分 12 秒'], [4320, '1 小时 12 分'], [7200, '2 小时'], [3601, '1 小时'], [90_000, '1 天 1 小时'], [59.6, '1 分']])('%s seconds', (seconds, words) => {
    expect(length(seconds)).toBe(thin(words))
  })

  it.each([
    ['2026-11-21T19:10:00+08:00', '还剩 5 小时'], ['2026-11-21T14:05:30+08:00', '还剩不到 1 分'], ['2026-11-21T14:04:40+08:00', '刚刚超期'],
    ['2026-11-21T09:00:00+08:00', '已超 5 小时'], ['2026-11-23T14:05:00+08:00', '还剩 2 天'], ['2026-11-23T14:04:00+08:00', '还剩 47 小时'],
  ])('until %s', (due, words) => {
    expect(left(due, NOW)).toBe(thin(words))
  })
})

describe('sizes, positions, clocks', () => {
  it.each([[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [999_950, '1.0 MB'], [3_400_000_000, '3.4 GB'], [137_000_000, '137 MB']])('%s bytes', (bytes, words) => {
    expect(size(bytes)).toBe(words.replace(' ', '\u00a0'))
  })

  it('shows tenths without rounding up to the next second', () => {
    expect(position(59.98, true)).toBe('00:59.9')
    expect(position(3723)).toBe('1:02:03')
    expect(position(-1)).toBe('00:00')
  })

  it('names the direction of a wrong clock', () => {
    expect(clockError(192)).toBe(thin('快 3 分 12 秒'))
    expect(clockError(-1140)).toBe(thin('慢 19 分'))
    expect(clockError(0.4)).toBe('准')
    expect(clockError(null)).toBe('不明')
  })
})

describe('articles', () => {
  it('say which of two of one number is meant, without a sign nobody knows', () => {
    expect(articleShown('第八条#2第二款')).toBe('第八条（第二处）第二款')
    expect(articleShown('第十四条（二）')).toBe('第十四条（二）')
  })
})
