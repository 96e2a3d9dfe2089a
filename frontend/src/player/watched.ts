/**
 * Which whole seconds of a recording ran before somebody's eyes. Pure: the player says where the picture stands, the tally
 * keeps the seconds, and gives away what was not told yet.
 */
export type Span = [number, number]

/** Beyond this many seconds between two looks at the clock the picture jumped, and what lies between was not seen. */
const JUMP = 1.2

export class Tally {
  private readonly fresh = new Set<number>()
  private readonly all = new Set<number>()
  private last: number | null = null

  /** The picture stands at this second; `pace` is the speed, for what passed since the last look. */
  see(seconds: number, pace = 1): void {
    const from = this.last !== null && seconds > this.last && seconds - this.last <= JUMP * Math.max(1, pace) ? this.last : seconds
    for (let second = Math.floor(from); second <= Math.floor(seconds); second++) this.add(second)
    this.last = seconds
  }

  /** The player stands or went elsewhere: the next look begins anew. */
  rest(): void { this.last = null }

  private add(second: number): void {
    if (this.all.has(second) && this.fresh.has(second)) return
    this.fresh.add(second)
    this.all.add(second)
  }

  get seen(): Span[] { return joined(this.all) }
  get waiting(): number { return this.fresh.size }

  /** What is to be told now; it is not told twice. */
  take(): Span[] {
    const found = joined(this.fresh)
    this.fresh.clear()
    return found
  }

  /** Telling failed: it waits for the next time. */
  giveBack(spans: Span[]): void {
    for (const [first, end] of spans) for (let second = first; second < end; second++) this.fresh.add(second)
  }
}

export function joined(seconds: Iterable<number>): Span[] {
  const found: Span[] = []
  for (const second of [...seconds].sort((a, b) => a - b)) {
    const last = found.at(-1)
    if (last && second === last[1]) last[1] = second + 1
    else if (!last || second > last[1]) found.push([second, second + 1])
  }
  return found
}

/** Two lists of spans as one, each second once. */
export function merged(...lists: Span[][]): Span[] {
  const found: Span[] = []
  for (const [first, end] of lists.flat().sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1)
    if (last && first <= last[1]) last[1] = Math.max(last[1], end)
    else found.push([first, end])
  }
  return found
}

export const total = (spans: Span[]): number => spans.reduce((sum, [first, end]) => sum + end - first, 0)
