/**
 * The arithmetic of boxes that move over a film: the same as the server's, so that what is drawn is what will be hidden.
 *
 * A place is second, left, top, width, height, the last four in shares of the upright picture. Pure: no document, no clock.
 */
export type Place = [number, number, number, number, number]
export interface Hidden { begins: number; ends: number; reason: string; made: 'drawn' | 'motion' | 'detector'; places: Place[] }
export interface Muted { begins: number; ends: number; reason: string; sound: 'mute' | 'lower' | 'higher' }
export interface Box { left: number; top: number; width: number; height: number }

const boxOf = ([, left, top, width, height]: Place): Box => ({ left, top, width, height })

/** Where a mask stands at a second; null where it hides nothing then. */
export function boxAt(mask: Hidden, second: number): Box | null {
  if (second < mask.begins || second >= mask.ends || !mask.places.length) return null
  const next = mask.places.findIndex((place) => place[0] > second)
  if (next <= 0) return boxOf(mask.places[next === 0 ? 0 : mask.places.length - 1]!)
  const one = mask.places[next - 1]!
  const two = mask.places[next]!
  const share = (second - one[0]) / (two[0] - one[0])
  const between = (n: 1 | 2 | 3 | 4) => one[n] + (two[n] - one[n]) * share
  return { left: between(1), top: between(2), width: between(3), height: between(4) }
}

/** The same mask with a box at a second: it replaces one that stands within a tenth of a second. */
export function withPlace(mask: Hidden, second: number, box: Box): Hidden {
  const place: Place = [round(second), round(box.left), round(box.top), round(box.width), round(box.height)]
  const others = mask.places.filter((one) => Math.abs(one[0] - second) > 0.1)
  return { ...mask, places: [...others, place].sort((a, b) => a[0] - b[0]) }
}

const round = (value: number): number => Math.round(value * 1e5) / 1e5

/** The box between two corners that a hand drew, inside the picture; null where it is too small to be meant. */
export function boxBetween(a: { x: number; y: number }, b: { x: number; y: number }): Box | null {
  const inside = (value: number) => Math.min(1, Math.max(0, value))
  const left = inside(Math.min(a.x, b.x))
  const top = inside(Math.min(a.y, b.y))
  const width = inside(Math.max(a.x, b.x)) - left
  const height = inside(Math.max(a.y, b.y)) - top
  return width < 0.01 || height < 0.01 ? null : { left, top, width, height }
}

/** The box moved by a hand, kept inside the picture. */
export const movedBy = (box: Box, dx: number, dy: number): Box => ({
  ...box, left: Math.min(Math.max(0, box.left + dx), 1 - box.width), top: Math.min(Math.max(0, box.top + dy), 1 - box.height),
})

/** What keeps a list from being sent, in words; empty where nothing does. */
export function lacking(purpose: string, masks: Hidden[], mutes: Muted[]): string[] {
  const found: string[] = []
  if (!purpose.trim()) found.push('请写明为何制作，如“交当事人阅看”。')
  if (!masks.length && !mutes.length) found.push('还没有画出遮挡，也没有标出静音或者变声。')
  if ([...masks, ...mutes].some((one) => !one.reason.trim())) found.push('每一处遮挡、静音、变声都要写明理由。')
  if ([...masks, ...mutes].some((one) => !(one.begins < one.ends))) found.push('有一处的起不早于止。')
  return found
}
