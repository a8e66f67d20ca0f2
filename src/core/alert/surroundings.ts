import type { OrganizationId } from '../../base/brand.ts'

/** A scanner of mail, as it answers when somebody asks how it is. */
export interface ScannerState {
  readonly name: string
  /** Since when it has not answered; null when it does. */
  readonly downSinceMs: number | null
  /** Whether its signatures are older than two days; never of one that has none. */
  readonly isStale: boolean
}

/** An account that has little room left, or none. */
export interface FullMailbox {
  readonly organization: OrganizationId
  readonly login: string
  /** The part of its quota that is used. */
  readonly used: number
}

/** What an organization's suppression list has grown by. */
export interface GrownList {
  readonly organization: OrganizationId
  /** Entries of the last day that no person made. */
  readonly added: number
  /** All that were there before. */
  readonly before: number
}

/** What is so around the program: learned by asking, not by reading what it has written down. */
export interface Surroundings {
  /** The part of the disk of the data that is used. */
  readonly diskUsed: number
  readonly scanners: readonly ScannerState[]
  /** DNS lists that are not asked, and why: they failed their test, or do not serve us. */
  readonly lists: readonly { readonly zone: string; readonly trouble: string }[]
  /** Since when DNS has not answered; null when it does, or when nobody is asked. */
  readonly namesSinceMs: number | null
  /** How far our clock is from others'; null when nobody told. */
  readonly clockOffMs: number | null
  /** Certificates that lie in files. */
  readonly certificates: readonly { readonly name: string; readonly endsMs: number }[]
  /** In the order of organizations and logins. */
  readonly mailboxes: readonly FullMailbox[]
  /** Lists that have grown at all. */
  readonly suppressions: readonly GrownList[]
  /** How long the database took for the last look at all of this. */
  readonly databaseTookMs: number
  /** Copies of the database that follow it, and how far they are behind. */
  readonly replicas: readonly { readonly name: string; readonly behindMs: number }[]
}

/** Nothing is wrong anywhere, as far as anybody knows. */
export const QUIET: Surroundings = { diskUsed: 0, scanners: [], lists: [], namesSinceMs: null, clockOffMs: null, certificates: [], mailboxes: [], suppressions: [], databaseTookMs: 0, replicas: [] }
