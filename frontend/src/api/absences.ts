/** What the server says of what is absent and of its stations: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type AbsenceRow = Said['AbsenceRow']
export type StationsPage = Said['StationsPage']
