/** What the server says of what comes in, and of stays in the case area: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type IntakeRow = Said['IntakeRow']
export type IntakePage = Said['IntakePage']
export type StayRow = Said['StayRow']
export type StayPage = Said['StayPage']
