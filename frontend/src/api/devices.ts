/** What the server says of one device, of the equipment and of the board of the morning: taken from its own description. */
import type { components } from './schema'

type Said = components['schemas']

export type DevicePage = Said['DevicePage']
export type EquipmentPage = Said['EquipmentPage']
export type LoanSlip = Said['LoanSlip']
export type HandOutBoard = Said['HandOutBoard']
export type LedgerSection = Said['LedgerSection']
export type DriftPoint = Said['DriftPoint']
export type BoardDevice = Said['BoardDevice']
export type BoardPerson = Said['BoardPerson']
export type ImportDesk = Said['ImportDesk']
export type ImportPreview = Said['ImportPreview']
