/** What the server says of what is handed over to the superior's platform: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type OutwardRow = Said['OutwardRow']
export type OutwardLine = Said['OutwardLine']
