/** Which page stands behind each section of the rail. The server says which sections a person has; one without a page here is not shown. */
import { Briefcase, Camera, Collection, DataAnalysis, Document, Film, HomeFilled, Location, Message, Notebook, Stamp, Tickets, Timer, UserFilled, View } from '@element-plus/icons-vue'
import type { Component } from 'vue'
import type { Section } from '@/api/types'

export const SECTIONS: Partial<Record<Section, { to: string; icon: Component }>> = {
  workbench: { to: '/', icon: HomeFilled },
  intakes: { to: '/intakes', icon: Message },
  cases: { to: '/cases', icon: Briefcase },
  activities: { to: '/activities', icon: Location },
  recordings: { to: '/recordings', icon: Film },
  documents: { to: '/documents', icon: Document },
  devices: { to: '/devices', icon: Camera },
  retention: { to: '/keeping', icon: Timer },
  archive: { to: '/volumes', icon: Collection },
  oversight: { to: '/inspections', icon: View },
  statistics: { to: '/statistics', icon: DataAnalysis },
  registers: { to: '/registers', icon: Tickets },
  proof: { to: '/proof', icon: Stamp },
  rules: { to: '/rules', icon: Notebook },
  people: { to: '/people', icon: UserFilled },
}
