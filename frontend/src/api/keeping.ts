/** What the server says of how long things are kept and what may not be disposed of: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type KeepingRow = Said['KeepingRow']
export type KeepingCalendar = Said['KeepingCalendar']
export type HoldRow = Said['HoldRow']
export type DisposalRow = Said['DisposalRow']
export type DisposalPage = Said['DisposalPage']
export type BackupsPage = Said['BackupsPage']
export type HeldShown = Said['HeldShown']
