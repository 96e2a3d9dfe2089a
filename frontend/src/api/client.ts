/**
 * The one way from a page to the server: the session cookie goes along, unsafe methods carry the CSRF token, and every
 * failure becomes a `Fault` that says why, what to do, and which article.
 *
 * It knows no page. It never retries by itself: a person sees the fault and decides.
 */
import { learnServerTime } from '@/clock'
import type { Problem, Reads } from './types'

const ROOT = '/api/v1'

export class Fault extends Error {
  constructor(readonly problem: Problem) {
    super(problem.why)
  }
}

export type Query = Record<string, string | number | null | undefined>

export function csrfToken(cookies: string = document.cookie): string {
  for (const pair of cookies.split(/;\s*/)) {
    const [name, value] = pair.split('=')
    if (value && /^(?:__Host-|__Secure-)?csrftoken$/.test(name ?? '')) return decodeURIComponent(value)
  }
  return ''
}

/** The token for an act. A page that is quicker than its first answer has none yet: then the door is asked for it. */
async function tokenForAct(): Promise<string> {
  if (!csrfToken()) await fetch(`${ROOT}/door`, { headers: { Accept: 'application/json' }, credentials: 'same-origin' })
  return csrfToken()
}

function address(path: string, params: Record<string, string> = {}, query: Query = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const asked = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const tail = new URLSearchParams(asked.map(([key, value]) => [key, String(value)])).toString()
  return (filled.startsWith('/api/') ? filled : ROOT + filled) + (tail ? `?${tail}` : '')
}

const LOST: Problem = {
  status: 0, why: '连不上服务器', do: '请检查网络或稍后重试；已填写的内容还在。', cite: null,
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    const said = (await answer.json()) as Partial<Problem>
    if (typeof said.why === 'string') return { do: '', cite: null, ...said, why: said.why, status: answer.status }
  } catch {
    // A proxy's own error page is no JSON; the words below stand in.
  }
  return { ...LOST, status: answer.status, why: `服务器没有给出理由（状态 ${answer.status}）`, do: '请稍后重试；仍不行请告知系统管理员。' }
}

type Lost = (problem: Problem) => void
let onSignedOut: Lost = () => {}
/** What to do when the session has ended; set once by the router. */
export function whenSignedOut(act: Lost): void { onSignedOut = act }

let onProof: () => Promise<boolean> = async () => false
/** What to do when the server wants to be shown once more who is there; set once by the frame. True: proved, try again. */
export function whenProofAsked(act: () => Promise<boolean>): void { onProof = act }

async function call<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  let answer: Response
  try {
    if (method !== 'GET') headers['X-CSRFToken'] = await tokenForAct()
    answer = await fetch(url, { method, headers, body: body === undefined ? null : JSON.stringify(body), credentials: 'same-origin', signal: signal ?? null })
  } catch (fault) {
    if (signal?.aborted) throw fault
    throw new Fault(LOST)
  }
  learnServerTime(answer.headers.get('Date'))
  if (!answer.ok) {
    const problem = await problemOf(answer)
    if (problem.status === 401) onSignedOut(problem)
    if (problem.status === 428 && await onProof()) return call<T>(method, url, body, signal)
    throw new Fault(problem)
  }
  return (answer.status === 204 ? undefined : await answer.json()) as T
}

/** Read a page's object: `read('/cases/{id}', { id })`. */
export function read<P extends keyof Reads>(
  path: P, params: Record<string, string> = {}, query: Query = {}, signal?: AbortSignal,
): Promise<Reads[P]> {
  return call<Reads[P]>('GET', address(path, params, query), undefined, signal)
}

/** Read from an address which the server itself gave. */
export const readFrom = <T>(url: string): Promise<T> => call<T>('GET', address(url))

/** Act: `send('POST', '/session', {...})`. */
export const send = <T>(method: string, path: string, body: unknown = {}): Promise<T> => call<T>(method, address(path), body)

/** Say something while the page goes away; nobody waits for the answer. */
export function sendLast(path: string, body: unknown): void {
  void fetch(address(path), {
    method: 'POST', keepalive: true, credentials: 'same-origin', body: JSON.stringify(body),
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-CSRFToken': csrfToken() },
  }).catch(() => undefined)
}

export const problemFrom = (fault: unknown): Problem =>
  fault instanceof Fault ? fault.problem : { ...LOST, why: '页面自己出了错', do: '请重新载入；仍不行请把当时的操作告知系统管理员。' }
