/** Doing an act which the server offered, and telling the page around it that something has changed. */
import { ElMessage } from 'element-plus/es/components/message/index.mjs'
import 'element-plus/es/components/message/style/css'
import { ElMessageBox } from 'element-plus/es/components/message-box/index.mjs'
import 'element-plus/es/components/message-box/style/css'
import { inject, provide, type InjectionKey } from 'vue'
import type { Done } from '@/api/types'

type Reload = () => void | Promise<void>
const CHANGED: InjectionKey<Reload> = Symbol('changed')

/** A page says how it reads itself anew; every button inside calls it after an act. */
export const provideReload = (reload: Reload): void => provide(CHANGED, reload)
export const useReload = (): Reload => inject(CHANGED, () => {})

export function say(done: Done): void {
  if (done.once) {
    // 只显示这一次：人不点开就不走。
    void ElMessageBox.alert(done.once, `${done.said}：只显示这一次，请抄下或当面交给本人`, { confirmButtonText: '已抄下', customClass: 'once', closeOnClickModal: false })
    return
  }
  const number = done.proof ? `（存证第 ${done.proof.journal_number} 号）` : ''
  ElMessage({ message: `${done.said}${number}`, type: 'primary', duration: 4000, grouping: true })
}
