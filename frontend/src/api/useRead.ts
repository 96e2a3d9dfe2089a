/** Loading one page object: what is shown while it loads, when it fails, and when the address changes. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { problemFrom, read, type Query } from './client'
import type { Problem, Reads } from './types'

export interface Loaded<T> {
  page: ShallowRef<T | null>
  problem: Ref<Problem | null>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

export function useRead<P extends keyof Reads>(
  path: P, params: () => Record<string, string> = () => ({}), query: () => Query = () => ({}),
): Loaded<Reads[P]> {
  const page = shallowRef(null) as ShallowRef<Reads[P] | null>
  const problem = ref<Problem | null>(null)
  const loading = ref(false)
  let running: AbortController | null = null

  async function reload(): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    loading.value = true
    problem.value = null
    try {
      page.value = await read(path, params(), query(), mine.signal)
    } catch (fault) {
      if (!mine.signal.aborted) problem.value = problemFrom(fault)
    } finally {
      if (running === mine) loading.value = false
    }
  }

  watch(() => JSON.stringify([params(), query()]), () => { void reload() }, { immediate: true })
  onScopeDispose(() => running?.abort())
  return { page, problem, loading, reload }
}
