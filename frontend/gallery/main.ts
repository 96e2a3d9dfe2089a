/** The gallery: every page with an invented office behind it, and the parts alone at `/parts`. For looking, never shipped. */
import 'element-plus/es/components/base/style/css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import '@/theme/tokens.css'
import '@/theme/element.css'
import '@/theme/base.css'
import { createApp } from 'vue'
import App from '@/App.vue'
import { makeRouter } from '@/router'
import { startLooks } from '@/shell/looks'
import { pretended } from '../tests/fixtures/server'

const real = window.fetch.bind(window)
window.fetch = (input, init) => (String(input).startsWith('/api/') ? pretended(input, init) : real(input, init))

startLooks()
const router = makeRouter()
router.addRoute({ path: '/parts', component: () => import('./PartsPage.vue'), meta: { title: '部件', bare: true } })
createApp(App).use(router).mount('#app')
