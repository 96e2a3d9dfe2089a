/** The shapes that a keyset-paged table needs to know about the page objects. */
import type { Listing, Reads } from '@/api/types'

/** Those addresses which answer a listing. */
export type ListPath = { [P in keyof Reads]: Reads[P] extends Listing<infer Row> ? (Row extends { id: string } ? P : never) : never }[keyof Reads]
export type RowOf<P extends ListPath> = Reads[P] extends Listing<infer Row> ? Row & { id: string } : never

export interface Column {
  key: string
  label: string
  /** `corner`: beside the number on a phone; `self`: says itself what it is; `wide-only`: not on a phone; `keep`: one line; `names`: never broken inside a name. */
  class?: string
}
