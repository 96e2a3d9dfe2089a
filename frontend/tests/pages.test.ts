/** Each page shows what the server said, and on a failure says why and offers another try. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, type Router } from 'vue-router'
import App from '@/App.vue'
import { makeRouter } from '@/router'
import { forgetSession } from '@/shell/session'
import { SECTIONS } from '@/shell/sections'
import * as office from './fixtures/pages'
import { answer, pretended } from './fixtures/server'

let page: VueWrapper
let router: Router

/** How long a page may take to settle on a busy machine: how fast it is, is measured elsewhere. */
const PATIENCE = { timeout: 20_000, interval: 20 }

async function open(path: string, server: typeof fetch = pretended): Promise<string> {
  vi.stubGlobal('fetch', server)
  router = makeRouter(createMemoryHistory())
  await router.push(path)
  page = mount(App, { global: { plugins: [router] }, attachTo: document.body })
  await vi.waitFor(async () => { await flushPromises(); expect(page.text()).not.toContain('正在读取') }, PATIENCE)
  return page.text()
}
const failing = (only: string, status: number): typeof fetch => async (input, init) => (String(input).includes(only)
  ? new Response(JSON.stringify({ why: '暂时读不到', do: '请稍后再试。', cite: null }), { status }) : pretended(input, init))

beforeEach(() => { vi.stubGlobal('ResizeObserver', class { observe() {} disconnect() {} unobserve() {} }) })
afterEach(() => { page.unmount(); document.body.innerHTML = ''; forgetSession(); vi.unstubAllGlobals() })

describe('each page', () => {
  it.each([
    ['/', office.workbench.first!.says], ['/activities', office.activities.rows[0]!.number], ['/activities/a-118', office.findings[0]!.because],
    ['/recordings', office.recordings.rows[0]!.number], ['/recordings/r2', office.recording.suggestions[0]!.activity.label], ['/cases', office.cases.rows[0]!.cause],
    ['/cases/c-31', office.casePage.stages[1]!.says], ['/devices', office.devices.due!.says], ['/proof', office.proofPage.says], ['/rules', office.rules.articles[1]!.clauses[0]!.rules[0]!.says],
  ])('%s shows the server\'s words', async (path, words) => {
    expect(await open(path)).toContain(words)
  })

  it.each(['/workbench', '/activities', '/recordings/r2', '/cases', '/devices', '/proof', '/rules'])('of %s says why it failed and tries again', async (path) => {
    const text = await open(path === '/workbench' ? '/' : path, failing(`/api/v1${path}`, 503))
    expect(text).toContain('暂时读不到。')
    vi.stubGlobal('fetch', pretended)
    await page.findAll('button').find((button) => button.text() === '重试')!.trigger('click')
    await vi.waitFor(async () => { await flushPromises(); expect(page.text()).not.toContain('暂时读不到') }, PATIENCE)
  })
})

describe('the door', () => {
  it('stands before every page, and remembers where one was going', async () => {
    await open('/activities?record=missing', failing('/session', 401))
    expect(router.currentRoute.value.fullPath).toBe('/login?to=/activities?record=missing')
  })

  it('keeps what was typed when it refuses', async () => {
    await open('/login')
    await page.get('#name').setValue('wang')
    await page.get('#password').setValue('x')
    await page.get('form').trigger('submit')
    await flushPromises()
    expect(page.text()).toContain('用户名或口令不对')
    expect((page.get('#name').element as HTMLInputElement).value).toBe('wang')
  })

  it('asks for the code only when the server does', async () => {
    await open('/login', async (input, init) => (init?.method === 'POST'
      ? new Response(JSON.stringify({ why: '还要动态码', do: '', cite: null, fields: { code: '请输入动态码。' } }), { status: 403 }) : pretended(input, init)))
    expect(page.find('#code').exists()).toBe(false)
    await page.get('form').trigger('submit')
    await flushPromises()
    expect(page.find('#code').exists()).toBe(true)
  })
})

describe('the rail', () => {
  it('shows only sections that the server lists and that have a page', async () => {
    await open('/')
    const shown = page.findAll('nav[aria-label="栏目"] a').map((link) => link.text().replace(/\d/g, ''))
    expect(shown).toEqual(office.session.sections.filter((s) => SECTIONS[s.key]).map((s) => s.label))
    expect(shown).toContain('保存处置')
    expect(shown).not.toContain('调阅审批')
  })
})

describe('a list', () => {
  it('asks for the next page by its key and keeps the rows it has', async () => {
    const asked: string[] = []
    await open('/activities?record=missing', async (input, init) => { asked.push(String(input)); return pretended(input, init) })
    const before = page.findAll('tbody tr').length
    await page.findAll('button').find((button) => button.text() === '更多')!.trigger('click')
    await vi.waitFor(async () => { await flushPromises(); expect(page.findAll('tbody tr').length).toBe(before * 2) }, PATIENCE)
    expect(asked.at(-1)).toBe('/api/v1/activities?record=missing&after=k2')
    expect(router.currentRoute.value.query).toEqual({ record: 'missing', pages: '2' })
  })

  it('teaches when nothing has come yet, but not when a filter hides everything', async () => {
    const empty: typeof fetch = async (input, init) => (String(input).includes('/recordings')
      ? new Response(JSON.stringify({ ...office.recordings, rows: [], teach: office.TEACH })) : pretended(input, init))
    expect(await open('/recordings', empty)).toContain(office.TEACH.how_it_gets_here)
    page.unmount()
    expect(await open('/recordings?state=unlinked', empty)).toContain('没有符合这些条件的条目')
  })
})

describe('a verdict', () => {
  it('carries its article, what it asks, why, when it turns, and how to mend it', async () => {
    await open('/activities/a-118')
    const card = page.findAll('article.finding')[0]!.text()
    for (const words of [office.findings[0]!.asks, office.findings[0]!.because, '第十三条', '仍未说明，记入监督清单', '填写情况说明']) expect(card).toContain(words)
  })
})

it('has an answer for every address that the pages read', () => {
  for (const path of ['/door', '/session', '/workbench', '/activities', '/activities/a', '/recordings', '/recordings/r', '/cases', '/cases/c', '/documents', '/documents/d', '/devices', '/proof', '/rules', '/receipts/1', '/uploads/desk']) {
    expect(answer('GET', `/api/v1${path}`).status, path).toBe(200)
  }
})
