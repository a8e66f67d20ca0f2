import { complain, EXIT } from './say.ts'

/** Removing asks for `--yes`, so that a slip of the shell's history is not the end of somebody's mail. Says what would happen, and false. */
export function sure({ yes }: { readonly yes?: boolean }, what: string): boolean {
  if (yes === true) return true
  complain(`${what}; nothing was done: say it again with --yes`, EXIT.wrong)
  return false
}
