/** What the server says of people, posts and accounts: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type AccountPage = Said['AccountPage']
export type PairingShown = Said['PairingShown']
export type KeyQuestion = Said['KeyQuestion']
export type PersonRow = Said['PersonRow']
export type PersonPage = Said['PersonPage']
export type PostsPage = Said['PostsPage']
export type RightsPage = Said['RightsPage']
