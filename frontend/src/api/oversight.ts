/** What the server says of overseeing: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type ExaminationRow = Said['ExaminationRow']
export type ExaminationPage = Said['ExaminationPage']
export type DrawnRow = Said['DrawnRow']
export type RemarkShown = Said['RemarkShown']
export type LiabilityRow = Said['LiabilityRow']
export type LiabilityPage = Said['LiabilityPage']
export type SheetPage = Said['SheetPage']
export type SheetRow = Said['SheetRow']
export type RegistersPage = Said['RegistersPage']
export type StatisticsPage = Said['StatisticsPage']
export type AlertsPage = Said['AlertsPage']
export type ChartShown = Said['ChartShown']
