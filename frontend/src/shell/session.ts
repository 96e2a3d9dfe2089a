/**
 * Who is signed in, what they may open, and the state of the server that every page must show.
 *
 * Read again when a person goes to another page, at most every quarter of a minute: a timer would keep an idle
 * session alive that the server is right to end.
 */
import { shallowRef } from 'vue'
import { read, send } from '@/api/client'
import type { Session } from '@/api/types'

export const session = shallowRef<Session | null>(null)
let readAt = 0

export async function freshSession(oldest_ms = 15_000): Promise<Session> {
  if (!session.value || Date.now() - readAt > oldest_ms) {
    session.value = await read('/session')
    readAt = Date.now()
  }
  return session.value
}

export function forgetSession(): void {
  session.value = null
  readAt = 0
}

export async function signIn(words: { name: string; password: string; code?: string }): Promise<void> {
  session.value = await send<Session>('POST', '/session', words)
  readAt = Date.now()
}

/** The second step after the first proof, or a way beside name and password: whatever answers with a session. */
export async function signInBy(path: string, words: Record<string, unknown> = {}): Promise<void> {
  session.value = await send<Session>('POST', path, words)
  readAt = Date.now()
}

export async function signOut(): Promise<void> {
  await send('DELETE', '/session')
  forgetSession()
}
