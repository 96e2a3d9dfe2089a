/**
 * The one place where the hand-written types meet the server's own description: a type of ours that the server does
 * not keep stops the type check. Types only; nothing of this reaches a page.
 *
 * `schema.d.ts` is generated from docs/api/openapi.json (`npm run api`). The server may promise more than a page needs
 * (a field that is never missing, a narrower word), never less.
 */
import type { components, paths } from './schema'
import type { Done, Form, OpenedTrack, Option, Problem, Reads } from './types'

type Answers<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer Body } } } } ? Body : never
type Got<P extends string> = `/api/v1${P}` extends infer Path extends keyof paths ? Answers<paths[Path]['get']> : never

/** Addresses whose parameters carry other names in the description. */
interface Named {
  '/findings/{id}/why': Got<'/findings/{finding}/why'>
  '/stays/{id}': Got<'/stays/{stay}'>
  '/intakes/{id}': Got<'/intakes/{intake}'>
  '/activities/{id}': Got<'/activities/{activity}'>
  '/recordings/{id}': Got<'/recordings/{recording}'>
  '/cases/{id}': Got<'/cases/{case}'>
  '/devices/{id}': Got<'/devices/{device}'>
  '/devices/{id}/slip': Got<'/devices/{device}/slip'>
  '/documents/{id}': Got<'/documents/{document}'>
  '/people/{id}': Got<'/people/{person}'>
  '/uploads/{id}': Got<'/uploads/{upload}'>
  '/inspections/{id}': Got<'/inspections/{examination}'>
  '/redactions/{id}': Got<'/redactions/{redaction}'>
  '/recordings/{id}/detector': Got<'/recordings/{recording}/detector'>
  '/packages/{id}': Got<'/packages/{package}'>
  '/disposals/{id}': Got<'/disposals/{disposal}'>
  '/volumes/{id}': Got<'/volumes/{volume}'>
  '/recordings/{id}/holds': Got<'/recordings/{recording}/holds'>
  '/activities/{id}/holds': Got<'/activities/{activity}/holds'>
  '/cases/{id}/holds': Got<'/cases/{case}/holds'>
  '/liability/{id}': Got<'/liability/{fact}'>
  '/proof/witnesses/{id}': Got<'/proof/witnesses/{witness}'>
}
type ServerSays = { [P in keyof Reads]: P extends keyof Named ? Named[P] : Got<P & string> }

/** Each line fails to compile where the server's answer does not fit what the pages read. */
type Fits<Given extends Wanted, Wanted> = Given
export type Kept = { [P in keyof Reads]: [ServerSays[P]] extends [never] ? 'not described' : ServerSays[P] extends Reads[P] ? true : 'does not fit' }
type AllTrue<T extends Record<keyof T, true>> = T
export type Contract = AllTrue<Kept>
export type Parts = [
  Fits<components['schemas']['Done'], Done>,
  Fits<components['schemas']['Form'], Form>,
  Fits<components['schemas']['OpenedTrack'], OpenedTrack>,
  Fits<components['schemas']['Option'], Option>,
  Fits<components['schemas']['Problem'], Problem>,
]
