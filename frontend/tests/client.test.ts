import { afterEach, describe, expect, it, vi } from 'vitest'
import { csrfToken, Fault, problemFrom, read, send, whenSignedOut } from '@/api/client'
import { serverNow } from '@/clock'

function serverSays(body: unknown, init: ResponseInit = {}): ReturnType<typeof vi.fn> {
  const spy = vi.fn(async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), init))
  vi.stubGlobal('fetch', spy)
  return spy
}
const caught = async (act: Promise<unknown>) => problemFrom(await act.then(() => null, (fault: unknown) => fault))

afterEach(() => { vi.unstubAllGlobals(); whenSignedOut(() => {}) })

describe('asking', () => {
  it('fills the address, leaves out empty questions, and escapes what people wrote', async () => {
    const spy = serverSays({})
    await read('/activities/{id}', { id: '青街检/118' })
    await read('/activities', {}, { q: '占道 & 经营', record: '', after: null })
    expect(spy.mock.calls.map(([url]) => url)).toEqual([
      `/api/v1/activities/${encodeURIComponent('青街检/118')}`, '/api/v1/activities?q=%E5%8D%A0%E9%81%93+%26+%E7%BB%8F%E8%90%A5',
    ])
  })

  it('carries the token only where something changes', async () => {
    document.cookie = 'csrftoken=abc'
    const spy = serverSays({})
    await read('/session')
    await send('POST', '/session', { name: 'li' })
    const [reading, writing] = spy.mock.calls.map(([, init]) => init.headers)
    expect(reading['X-CSRFToken']).toBeUndefined()
    expect(writing['X-CSRFToken']).toBe('abc')
  })

  it('asks the door for a token first where the page has none yet', async () => {
    document.cookie = 'csrftoken=; expires=Thu, 01 Jan 1970 00:00:00 GMT'
    const spy = vi.fn(async (url: string) => {
      if (url.endsWith('/door')) document.cookie = 'csrftoken=fresh'
      return new Response('{}')
    })
    vi.stubGlobal('fetch', spy)
    await send('POST', '/session', { name: 'li' })
    const calls = spy.mock.calls as unknown as [string, RequestInit & { headers: Record<string, string> }][]
    expect(calls.map(([url]) => url)).toEqual(['/api/v1/door', '/api/v1/session'])
    expect(calls[1]![1].headers['X-CSRFToken']).toBe('fresh')
  })

  it('finds the token under its guarded name too, and not under a look-alike', () => {
    expect(csrfToken('a=1; __Host-csrftoken=xyz')).toBe('xyz')
    expect(csrfToken('notcsrftoken=bad')).toBe('')
  })

  it('uses the server address as it was given', async () => {
    const spy = serverSays({})
    await send('POST', '/api/v1/devices/v1/loans')
    expect(spy.mock.calls[0]![0]).toBe('/api/v1/devices/v1/loans')
  })
})

describe('failing', () => {
  it('keeps why, what to do, the article and the fields', async () => {
    const said = { why: '超过二十四小时', do: '请补登返回时间', cite: { regulation: '某办法', article: '第二十一条' }, fields: { at: '必填' } }
    serverSays(said, { status: 422 })
    expect(await caught(read('/workbench'))).toEqual({ ...said, status: 422 })
  })

  it('says something useful when the answer is not ours', async () => {
    serverSays('<html>502</html>', { status: 502 })
    expect(await caught(read('/workbench'))).toMatchObject({ status: 502, why: expect.stringContaining('502'), do: expect.stringContaining('重试') })
  })

  it('says that the line is dead, and that nothing typed is lost', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => { throw new TypeError('net') }))
    expect(await caught(read('/workbench'))).toMatchObject({ status: 0, why: '连不上服务器' })
  })

  it('tells the router once when the session has ended', async () => {
    serverSays({ why: '会话已结束', do: '请重新登录' }, { status: 401 })
    const ended = vi.fn()
    whenSignedOut(ended)
    await expect(read('/workbench')).rejects.toBeInstanceOf(Fault)
    expect(ended).toHaveBeenCalledOnce()
  })
})

it('counts by the server clock', async () => {
  serverSays({}, { headers: { Date: 'Sat, 21 Nov 2026 06:05:00 GMT' } })
  await read('/workbench')
  expect(Math.abs(serverNow() - Date.parse('2026-11-21T06:05:00Z'))).toBeLessThan(1000)
})
