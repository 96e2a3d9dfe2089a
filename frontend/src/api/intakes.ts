/** What the server says of what comes in: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type IntakeRow = Said['IntakeRow']
export type IntakePage = Said['IntakePage']
