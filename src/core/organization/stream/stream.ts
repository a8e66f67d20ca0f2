import type { OrganizationId } from '../../../base/brand.ts'
import type { StreamName } from './name.ts'

/** Text for readers in our languages; a language that is missing is said in the other. */
export type PublicText = Readonly<Partial<Record<'en' | 'id', string>>>

/** What is noted of the readers of a stream unless a message says otherwise; what is missing is as usual: what goes to many is tracked. */
export type StreamTracking = Readonly<Partial<Record<'opens' | 'clicks', boolean>>>

/** A stream that goes to many, as its readers know it: what they choose on the preference page. */
export interface Stream {
  readonly organization: OrganizationId
  /** `broadcast` itself, or a name below it. */
  readonly name: StreamName
  /** At least one language. */
  readonly title: PublicText
  /** Without a language: nothing is said below the title. */
  readonly description: PublicText
  readonly tracking: StreamTracking
  readonly createdMs: number
}
