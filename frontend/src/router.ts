/** The addresses of the pages. Each page is loaded when it is first opened; a page that needs a session asks for it before it shows. */
import { createRouter, createWebHistory, type Router, type RouterHistory } from 'vue-router'
import { Fault, whenSignedOut } from '@/api/client'
import { forgetSession, freshSession } from '@/shell/session'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    bare?: boolean
    /** The section it stands under, where its address does not say so. */
    under?: string
  }
}

const HOUSE = '留痕'

export function makeRouter(history: RouterHistory = createWebHistory('/')): Router {
  const router = createRouter({
    history,
    routes: [
      { path: '/login', component: () => import('@/rooms/registry/LoginPage.vue'), meta: { title: '登录', bare: true } },
      { path: '/login/back', component: () => import('@/rooms/registry/LoginPage.vue'), meta: { title: '登录', bare: true } },
      { path: '/window', component: () => import('@/rooms/access/WindowPage.vue'), meta: { title: '查看窗口', bare: true } },
      { path: '/unreachable', component: () => import('@/shell/Unreachable.vue'), meta: { title: '连不上', bare: true } },
      { path: '/', component: () => import('@/rooms/workbench/WorkbenchPage.vue'), meta: { title: '工作台' } },
      { path: '/intakes', component: () => import('@/rooms/casework/IntakesPage.vue'), meta: { title: '受理登记' } },
      { path: '/intakes/:id', component: () => import('@/rooms/casework/IntakePage.vue'), props: true, meta: { title: '受理登记' } },
      { path: '/cases', component: () => import('@/rooms/casework/CasesPage.vue'), meta: { title: '执法事项' } },
      { path: '/cases/:id', component: () => import('@/rooms/casework/CasePage.vue'), props: true, meta: { title: '执法事项' } },
      { path: '/activities', component: () => import('@/rooms/casework/ActivitiesPage.vue'), meta: { title: '现场活动' } },
      { path: '/activities/:id', component: () => import('@/rooms/casework/ActivityPage.vue'), props: true, meta: { title: '现场活动' } },
      { path: '/stays', component: () => import('@/rooms/casework/StaysPage.vue'), meta: { title: '办案区停留', under: '/activities' } },
      { path: '/stays/:id', component: () => import('@/rooms/casework/StayPage.vue'), props: true, meta: { title: '办案区停留', under: '/activities' } },
      { path: '/recordings', component: () => import('@/rooms/evidence/RecordingsPage.vue'), meta: { title: '音像资料' } },
      { path: '/recordings/:id', component: () => import('@/rooms/evidence/RecordingPage.vue'), props: true, meta: { title: '音像资料' } },
      { path: '/recordings/:id/redact', component: () => import('@/rooms/access/RedactPage.vue'), props: true, meta: { title: '制作遮挡副本', under: '/recordings' } },
      { path: '/redactions/:id', component: () => import('@/rooms/access/RedactionPage.vue'), props: true, meta: { title: '遮挡副本', under: '/recordings' } },
      { path: '/packages/:id', component: () => import('@/rooms/access/PackagePage.vue'), props: true, meta: { title: '对外提供', under: '/recordings' } },
      { path: '/absences', component: () => import('@/rooms/evidence/AbsencesPage.vue'), meta: { title: '应有未有', under: '/recordings' } },
      { path: '/linking', component: () => import('@/rooms/evidence/LinkingPage.vue'), meta: { title: '待关联', under: '/recordings' } },
      { path: '/supply-requests', component: () => import('@/rooms/access/SuppliesPage.vue'), meta: { title: '要求提供', under: '/recordings' } },
      { path: '/bulk-notices', component: () => import('@/rooms/access/BulkPage.vue'), meta: { title: '大量查看', under: '/people' } },
      { path: '/handovers', component: () => import('@/rooms/casework/HandoversPage.vue'), meta: { title: '上报关联', under: '/recordings' } },
      { path: '/keeping', component: () => import('@/rooms/retention/KeepingPage.vue'), meta: { title: '保存处置' } },
      { path: '/backups', component: () => import('@/rooms/retention/BackupsPage.vue'), meta: { title: '备份', under: '/keeping' } },
      { path: '/disposals', component: () => import('@/rooms/retention/DisposalsPage.vue'), meta: { title: '销毁', under: '/keeping' } },
      { path: '/disposals/:id', component: () => import('@/rooms/retention/DisposalPage.vue'), props: true, meta: { title: '销毁清单', under: '/keeping' } },
      { path: '/holds', component: () => import('@/rooms/retention/HoldsPage.vue'), meta: { title: '暂缓处置', under: '/keeping' } },
      { path: '/volumes', component: () => import('@/rooms/archive/VolumesPage.vue'), meta: { title: '归档' } },
      { path: '/volumes/:id', component: () => import('@/rooms/archive/VolumePage.vue'), props: true, meta: { title: '案卷' } },
      { path: '/stations', component: () => import('@/rooms/devices/StationsPage.vue'), meta: { title: '采集站', under: '/devices' } },
      { path: '/documents', component: () => import('@/rooms/documents/DocumentsPage.vue'), meta: { title: '文书' } },
      { path: '/documents/:id', component: () => import('@/rooms/documents/DocumentPage.vue'), props: true, meta: { title: '文书' } },
      { path: '/devices', component: () => import('@/rooms/devices/DevicesPage.vue'), meta: { title: '设备' } },
      { path: '/devices/:id', component: () => import('@/rooms/devices/DevicePage.vue'), props: true, meta: { title: '设备' } },
      { path: '/devices/:id/slip', component: () => import('@/rooms/devices/LoanSlipPage.vue'), props: true, meta: { title: '领用单' } },
      { path: '/hand-out', component: () => import('@/rooms/devices/HandOutPage.vue'), meta: { title: '领用台', under: '/devices' } },
      { path: '/device-imports', component: () => import('@/rooms/devices/ImportPage.vue'), meta: { title: '导入设备清单', under: '/devices' } },
      { path: '/equipment', component: () => import('@/rooms/devices/EquipmentPage.vue'), meta: { title: '装备', under: '/devices' } },
      { path: '/inspections', component: () => import('@/rooms/oversight/InspectionsPage.vue'), meta: { title: '监督检查' } },
      { path: '/inspections/:id', component: () => import('@/rooms/oversight/InspectionPage.vue'), props: true, meta: { title: '监督检查' } },
      { path: '/liability', component: () => import('@/rooms/oversight/LiabilitiesPage.vue'), meta: { title: '责任事实', under: '/inspections' } },
      { path: '/liability/:id', component: () => import('@/rooms/oversight/LiabilityPage.vue'), props: true, meta: { title: '责任事实', under: '/inspections' } },
      { path: '/registers', component: () => import('@/rooms/oversight/RegistersPage.vue'), meta: { title: '台账' } },
      { path: '/registers/:id', component: () => import('@/rooms/oversight/RegisterPage.vue'), props: true, meta: { title: '台账' } },
      { path: '/statistics', component: () => import('@/rooms/oversight/StatisticsPage.vue'), meta: { title: '统计' } },
      { path: '/statistics/rows', component: () => import('@/rooms/oversight/FigureRowsPage.vue'), meta: { title: '统计' } },
      { path: '/alerts', component: () => import('@/rooms/oversight/AlertsPage.vue'), meta: { title: '每日清单', under: '/' } },
      { path: '/search', component: () => import('@/rooms/search/SearchPage.vue'), meta: { title: '检索' } },
      { path: '/proof', component: () => import('@/rooms/journal/ProofPage.vue'), meta: { title: '存证' } },
      { path: '/proof/witnesses/:id', component: () => import('@/rooms/journal/SlipPage.vue'), meta: { title: '送签', under: '/proof' } },
      { path: '/account', component: () => import('@/rooms/registry/AccountPage.vue'), meta: { title: '账号安全' } },
      { path: '/people', component: () => import('@/rooms/registry/PeoplePage.vue'), meta: { title: '人员' } },
      { path: '/people/:id', component: () => import('@/rooms/registry/PersonPage.vue'), props: true, meta: { title: '人员' } },
      { path: '/posts', component: () => import('@/rooms/registry/PostsPage.vue'), meta: { title: '职务与权限' } },
      { path: '/rights/:officer/:number', component: () => import('@/rooms/registry/RightsPage.vue'), props: true, meta: { title: '为什么能看' } },
      { path: '/rules', component: () => import('@/rooms/registry/RulesPage.vue'), meta: { title: '制度' } },
      { path: '/rules/rows', component: () => import('@/rooms/registry/FindingsPage.vue'), meta: { title: '条款的各项结论' } },
      { path: '/rules/shelf', component: () => import('@/rooms/registry/ShelfPage.vue'), meta: { title: '规则包' } },
      { path: '/rules/comparison', component: () => import('@/rooms/registry/ComparisonPage.vue'), meta: { title: '制度对照' } },
      { path: '/rules/trial', component: () => import('@/rooms/registry/TrialPage.vue'), meta: { title: '试算' } },
      { path: '/:rest(.*)*', component: () => import('@/shell/NotFound.vue'), meta: { title: '没有这一页' } },
    ],
    scrollBehavior: (to, from, held) => held ?? (to.path === from.path ? undefined : { top: 0 }),
  })

  router.beforeEach(async (to) => {
    if (to.meta.bare) return true
    try {
      const told = await freshSession()
      return told.must_secure && to.path !== '/account' ? { path: '/account' } : true
    } catch (fault) {
      if (fault instanceof Fault && fault.problem.status === 401) return { path: '/login', query: { to: to.fullPath } }
      return { path: '/unreachable', query: { to: to.fullPath } }
    }
  })
  router.afterEach((to) => { document.title = to.meta.title ? `${to.meta.title} · ${HOUSE}` : HOUSE })

  whenSignedOut(() => {
    forgetSession()
    const here = router.currentRoute.value
    // The first page's own guard sends it to the door; only a page already open must be sent there from here.
    if (here.matched.length && !here.meta.bare) void router.push({ path: '/login', query: { to: here.fullPath } })
  })
  return router
}
