/**
 * Tells the server which seconds ran, look by look: every half minute, when the player stands, and when the page goes.
 *
 * What could not be told waits for the next time. Nothing is told of what is shown without a look of its own.
 */
import { reactive } from 'vue'
import { send, sendLast } from '@/api/client'
import type { OpenedTrack, Track } from '@/api/types'
import { merged, Tally, type Span } from './watched'

const EVERY = 30_000

interface Book { url: string; seen: Tally; heard: Tally }

export class Telling {
  private readonly books = new Map<string, Book>()
  /** What this person has seen of each, for the strip under the player. */
  readonly shown = reactive<Record<string, Span[]>>({})
  private last = Date.now()

  open(track: Track, told: OpenedTrack): void {
    if (told.watched_url) this.books.set(track.id, { url: told.watched_url, seen: new Tally(), heard: new Tally() })
  }

  /** The picture of a track stands at this second; `hidden`: only its sound is heard. */
  see(track: Track, seconds: number, pace: number, hidden: boolean): void {
    const book = this.books.get(track.id)
    if (!book) return
    const tally = hidden ? book.heard : book.seen
    tally.see(Math.min(seconds, Math.max(0, track.duration_seconds - 0.001)), pace)
    if (!hidden && tally.waiting) this.shown[track.id] = this.of(track)
    if (Date.now() - this.last > EVERY) void this.tell()
  }

  of(track: Track): Span[] {
    const before = track.watched.map((one): Span => [one.start_seconds, one.end_seconds])
    return merged(before, this.books.get(track.id)?.seen.seen ?? [])
  }

  /** It stands, or jumps: what lies between is not counted. */
  rest(): void { for (const book of this.books.values()) { book.seen.rest(); book.heard.rest() } }

  async tell(): Promise<void> {
    this.last = Date.now()
    await Promise.all(this.taken().map(async ([book, tally, spans]) => {
      try {
        await send('POST', book.url, { spans, sound_only: tally === book.heard })
      } catch {
        tally.giveBack(spans)
      }
    }))
  }

  /** The page goes: told without waiting for the answer. */
  tellLast(): void {
    for (const [book, tally, spans] of this.taken()) sendLast(book.url, { spans, sound_only: tally === book.heard })
  }

  private taken(): [Book, Tally, Span[]][] {
    return [...this.books.values()].flatMap((book) => [book.seen, book.heard].flatMap((tally): [Book, Tally, Span[]][] => {
      const spans = tally.take()
      return spans.length ? [[book, tally, spans]] : []
    }))
  }
}
