/**
 * The server's time, as far as the page can know it.
 *
 * Deadlines count down by the server's clock, not by the office PC's: every answer carries a Date header, and the
 * difference is kept here. It is right to about a second, which is enough for “还剩 5 小时”.
 */
import { onScopeDispose, ref, type Ref } from 'vue'

let ahead = 0

export function learnServerTime(header: string | null): void {
  const said = header ? Date.parse(header) : Number.NaN
  if (!Number.isNaN(said)) ahead = said - Date.now()
}

export const serverNow = (): number => Date.now() + ahead

/** A moment that moves on by itself, for countdowns. */
export function useNow(every_ms = 15_000): Ref<number> {
  const now = ref(serverNow())
  const timer = setInterval(() => { now.value = serverNow() }, every_ms)
  onScopeDispose(() => clearInterval(timer))
  return now
}
