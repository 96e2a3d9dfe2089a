import { describe, expect, it } from 'vitest'
import { callouts, drawn, fileAt, joined, shifted, shortWords, SHORTEST, spanWords, standing, tableRows, textWidth, ticks, tickStep, toTime, toX, windowOf, zoomed } from '@/timeline/timeline'
import type { TimelineSpan } from '@/timeline/types'
import { THIN } from '@/words'
import { LONG, SHORT } from './fixtures/timelines'

const t = (time: string) => Date.parse(`2026-11-21T${time}+08:00`)
const span = (from: string, to: string, kind: TimelineSpan['kind'], recording?: string): TimelineSpan => ({
  start: `2026-11-21T${from}+08:00`, end: `2026-11-21T${to}+08:00`, kind, label: '', recording: recording ?? null,
})

describe('scale', () => {
  const view = windowOf(LONG)

  it('maps the ends of the window to the ends of the lane and back', () => {
    expect(toX(view.start, view, 800)).toBe(0)
    expect(toX(view.end, view, 800)).toBe(800)
    expect(toTime(toX(t('12:00:00'), view, 800), view, 800)).toBe(t('12:00:00'))
    expect(toTime(-50, view, 800)).toBe(view.start)
  })

  it('keeps labels apart at every width, for eight hours and for two minutes', () => {
    for (const width of [240, 390, 800, 1400]) {
      for (const whole of [windowOf(LONG), windowOf(SHORT)]) {
        const marks = ticks(whole, width)
        expect(marks.length).toBeGreaterThan(1)
        for (const [i, mark] of marks.entries()) if (i) expect(mark.x - marks[i - 1]!.x).toBeGreaterThanOrEqual(60)
      }
    }
  })

  it('stands on round Beijing times and shows seconds only where they matter', () => {
    expect(ticks(windowOf(LONG), 800).map((m) => m.label)).toEqual(['09:00', '10:00', '11:00', '12:00', '13:00', '14:00', '15:00', '16:00'])
    expect(ticks(windowOf(SHORT), 390).map((m) => m.label)).toEqual(['14:00:00', '14:00:30', '14:01:00', '14:01:30', '14:02:00'])
  })

  it('names each new day once', () => {
    const night = { start: t('22:00:00'), end: t('22:00:00') + 6 * 3_600_000 }
    expect(ticks(night, 800).flatMap((m) => (m.day ? [m.day] : []))).toEqual(['11-21', '11-22'])
  })

  it('finds a step of whole days for a window of months', () => {
    const months = { start: t('00:00:00'), end: t('00:00:00') + 120 * 86_400_000 }
    expect(tickStep(months, 800) % 86_400_000).toBe(0)
  })
})

describe('segments', () => {
  it('joins files of one recording that follow without a gap', () => {
    const found = joined([span('09:30:00', '10:00:00', 'recorded', 'r1'), span('09:00:00', '09:30:00', 'recorded', 'r1')])
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ start: t('09:00:00'), end: t('10:00:00') })
    expect(found[0]!.files).toHaveLength(2)
  })

  it('joins the files of one take and knows which of them runs at a moment', () => {
    const [bar, ...none] = joined([
      { ...span('09:00:00', '09:30:00', 'recorded', 'r1'), take: 'r1' }, { ...span('09:30:01', '10:00:00', 'recorded', 'r2'), take: 'r1' },
    ])
    expect(none).toEqual([])
    expect(fileAt(bar!, t('09:10:00')).recording).toBe('r1')
    expect(fileAt(bar!, t('09:45:00')).recording).toBe('r2')
  })

  it('keeps apart what belongs to two recordings, has a gap, or names none', () => {
    expect(joined([span('09:00:00', '09:30:00', 'recorded', 'r1'), span('09:30:00', '10:00:00', 'recorded', 'r2')])).toHaveLength(2)
    expect(joined([span('09:00:00', '09:30:00', 'recorded', 'r1'), span('09:30:02', '10:00:00', 'recorded', 'r1')])).toHaveLength(2)
    expect(joined([span('09:00:00', '09:30:00', 'recorded'), span('09:30:00', '10:00:00', 'recorded')])).toHaveLength(2)
    expect(joined([span('09:00:00', '09:30:00', 'missing', 'r1'), span('09:30:00', '10:00:00', 'missing', 'r1')])).toHaveLength(2)
  })

  it('shows one missing second in eight hours', () => {
    const [bar] = drawn([span('12:00:00', '12:00:01', 'missing')], windowOf(LONG), 600)
    expect(bar!.width).toBe(3)
  })

  it('cuts a span at the border of the view and leaves out what lies beyond', () => {
    const view = { start: t('10:00:00'), end: t('11:00:00') }
    const [bar, ...none] = drawn([span('09:00:00', '10:30:00', 'recorded'), span('11:00:00', '12:00:00', 'missing')], view, 600)
    expect(none).toEqual([])
    expect(bar).toMatchObject({ x: 0, width: 300, start: t('09:00:00') })
  })

  it('keeps a sliver at the right border inside the lane', () => {
    const [bar] = drawn([span('16:29:59', '16:30:00', 'missing')], windowOf(LONG), 600)
    expect(bar!.x + bar!.width).toBeLessThanOrEqual(600)
  })
})

describe('labels', () => {
  it('tells the kind, the length, and the article or reason', () => {
    const excepted = LONG.lanes[0]!.spans.find((s) => s.kind === 'excepted')!
    expect(spanWords(excepted)).toBe(`依规免除${THIN}1${THIN}小时${THIN}8${THIN}分（第十条${THIN}涉及商业秘密）`)
    expect(spanWords(span('10:00:00', '10:00:40', 'missing'))).toBe(`缺失${THIN}40${THIN}秒`)
  })

  it('drops the reason before the article when room is short', () => {
    const excepted = LONG.lanes[0]!.spans.find((s) => s.kind === 'excepted')!
    expect(shortWords(excepted, 1000)).toContain('涉及商业秘密')
    expect(shortWords(excepted, 100)).toContain('第十条')
    expect(shortWords(excepted, 100)).not.toContain('涉及商业秘密')
  })

  it('never lets two labels of a row overlap, and keeps all inside', () => {
    const wanted = Array.from({ length: 12 }, (_, i) => ({ x: i * 37, text: '现场检查笔录', index: i, weight: i % 3 }))
    const placed = callouts(wanted, 420, 3)
    for (const a of placed) {
      expect(a.left).toBeGreaterThanOrEqual(0)
      expect(a.left + a.width).toBeLessThanOrEqual(420)
      for (const b of placed) if (a !== b && a.row === b.row) expect(a.left + a.width <= b.left || b.left + b.width <= a.left).toBe(true)
    }
  })

  it('gives the last free place to what is missing', () => {
    const crowd = [{ x: 50, text: '到达现场', index: 0, weight: 1 }, { x: 52, text: '缺失 1 分', index: 1, weight: 4 }]
    expect(callouts(crowd, 100, 1).map((c) => c.index)).toEqual([1])
  })

  it('counts a Han character wider than a digit', () => {
    expect(textWidth('执法')).toBeGreaterThan(textWidth('12'))
  })
})

describe('moving', () => {
  const whole = windowOf(LONG)

  it('zooms around the cursor and never beyond the whole', () => {
    const near = zoomed(whole, whole, 0.5, t('12:30:00'))
    expect(near).toEqual({ start: t('10:30:00'), end: t('14:30:00') })
    expect(zoomed(near, whole, 100, t('12:30:00'))).toEqual(whole)
  })

  it('stops zooming at the shortest stretch, or at the window when that is shorter', () => {
    const near = zoomed(whole, whole, 1e-9, t('12:30:00'))
    expect(near.end - near.start).toBe(SHORTEST)
    const blink = { start: 0, end: 5_000 }
    expect(zoomed(blink, blink, 0.1, 1_000)).toEqual(blink)
  })

  it('pushes a view back inside without changing its length', () => {
    const late = shifted({ start: t('16:00:00'), end: t('17:00:00') }, whole)
    expect(late).toEqual({ start: t('15:30:00'), end: t('16:30:00') })
  })
})

describe('for those who cannot see it', () => {
  it('tells what each camera does at a moment', () => {
    expect(standing(LONG, t('10:13:00'))).toMatch(/^10:13:00，已录.*；执法记录仪 12 · 王小满在录$/)
    expect(standing(LONG, t('16:10:00'))).toBe('16:10:00，不在应录时段内')
  })

  it('puts every span and every point into the table, the whole duty first', () => {
    const rows = tableRows(LONG)
    expect(rows[0]).toMatchObject({ lane: '应录时段', state: '缺失', says: '开机前' })
    expect(rows.filter((r) => r.state === '时点')).toHaveLength(LONG.lanes.flatMap((l) => l.points).length)
    expect(rows.find((r) => r.lane.startsWith('执法记录仪 07') && r.state === '依规免除')).toMatchObject({ start: '12:02:00', end: '13:10:00', says: '第十条，涉及商业秘密' })
  })
})
