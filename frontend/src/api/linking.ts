/** What the server says of the queue of linking: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type LinkingRow = Said['LinkingRow']
export type LinkShown = Said['LinkShown']
export type Shift = Said['Shift']
export type Shifts = Said['Shifts']
export type ShiftSheet = Said['ShiftSheet']
export type Confirmation = Said['Confirmation']
export type Custody = Said['Custody']
export type BestGuess = Said['BestGuess']
