/** What the server says of volumes and discs: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type VolumeRow = Said['VolumeRow']
export type VolumePage = Said['VolumePage']
export type DiscSetShown = Said['DiscSetShown']
export type PropertyShown = Said['PropertyShown']
