/** The look a person chose on this machine: light, dark or as the system; the rail open or closed. Nothing else is kept here. */
import { ref, watch } from 'vue'

export type Look = 'system' | 'light' | 'dark'
const LOOK = 'liuhen.look'
const RAIL = 'liuhen.rail'

// A browser may forbid storage; the page then simply forgets the choice.
function kept(key: string): string | null {
  try { return localStorage.getItem(key) } catch { return null }
}
function keep(key: string, value: string): void {
  try { localStorage.setItem(key, value) } catch { /* see kept() */ }
}

const first = kept(LOOK)
export const look = ref<Look>(first === 'light' || first === 'dark' ? first : 'system')
export const railClosed = ref(kept(RAIL) === 'closed')

const system = matchMedia('(prefers-color-scheme: dark)')
// Paper is white whatever the screen shows.
const paper = matchMedia('print')
const isDark = () => !paper.matches && (look.value === 'dark' || (look.value === 'system' && system.matches))
const apply = () => document.documentElement.classList.toggle('dark', isDark())

export function startLooks(): void {
  apply()
  system.addEventListener('change', apply)
  paper.addEventListener('change', apply)
  watch(look, (value) => { keep(LOOK, value); apply() })
  watch(railClosed, (closed) => keep(RAIL, closed ? 'closed' : 'open'))
}
