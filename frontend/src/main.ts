/** Where the pages begin. */
import 'element-plus/es/components/base/style/css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import '@/theme/tokens.css'
import '@/theme/element.css'
import '@/theme/base.css'
import { createApp } from 'vue'
import App from '@/App.vue'
import { makeRouter } from '@/router'
import { startLooks } from '@/shell/looks'

startLooks()
createApp(App).use(makeRouter()).mount('#app')
