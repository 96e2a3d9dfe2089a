import { describe, expect, it } from 'vitest'
import { boxAt, boxBetween, lacking, movedBy, withPlace, type Hidden } from '@/player/boxes'

const mask: Hidden = { begins: 1, ends: 5, reason: '面部', made: 'drawn', places: [[1, 0.1, 0.1, 0.2, 0.2], [3, 0.5, 0.3, 0.2, 0.4]] }

describe('a box that moves', () => {
  it('goes in a straight line between two places and stands still outside them', () => {
    const half = boxAt(mask, 2)!
    expect([half.left, half.top, half.width, half.height].map((n) => Number(n.toFixed(6)))).toEqual([0.3, 0.2, 0.2, 0.3])
    expect(boxAt(mask, 4)).toEqual({ left: 0.5, top: 0.3, width: 0.2, height: 0.4 })
    expect(boxAt(mask, 1)).toEqual({ left: 0.1, top: 0.1, width: 0.2, height: 0.2 })
    expect(boxAt(mask, 0.9)).toBeNull()
    expect(boxAt(mask, 5)).toBeNull()
  })
  it('gets a new place in the order of time, or a better one for the same moment', () => {
    expect(withPlace(mask, 2, { left: 0, top: 0, width: 0.1, height: 0.1 }).places.map((p) => p[0])).toEqual([1, 2, 3])
    expect(withPlace(mask, 3.05, { left: 0, top: 0, width: 0.1, height: 0.1 }).places.map((p) => p[0])).toEqual([1, 3.05])
  })
  it('is drawn from either corner, stays in the picture, and a mere click draws none', () => {
    expect(boxBetween({ x: 0.5, y: 0.5 }, { x: 1.2, y: 0.2 })).toEqual({ left: 0.5, top: 0.2, width: 0.5, height: 0.3 })
    expect(boxBetween({ x: 0.5, y: 0.5 }, { x: 0.501, y: 0.6 })).toBeNull()
    expect(movedBy({ left: 0.8, top: 0.1, width: 0.2, height: 0.2 }, 0.3, -0.5)).toEqual({ left: 0.8, top: 0, width: 0.2, height: 0.2 })
  })
})

it('a list is sent only with a purpose, something hidden, a reason for each, and times in order', () => {
  expect(lacking('交当事人', [mask], [])).toEqual([])
  expect(lacking(' ', [], [])).toHaveLength(2)
  expect(lacking('交当事人', [{ ...mask, reason: '' }], [{ begins: 2, ends: 2, reason: '姓名', sound: 'mute' }])).toHaveLength(2)
})
