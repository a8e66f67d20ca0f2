/** A command of a page, as somebody would paste it. */
export interface Pasted {
  /** The words of the line, quotes and continued lines undone by a shell later. */
  readonly command: string
  /** The line of the page it begins at. */
  readonly line: number
}

/** The commands of the `sh` blocks of a page that begin with one of these words, or end a pipe in it. Comments and what is explained beside are left out. */
export function commandsIn(page: string, word: string): readonly Pasted[] {
  const commands: Pasted[] = []
  let isShell = false
  let open: Pasted | null = null
  for (const [at, line] of page.split('\n').entries()) {
    if (line.startsWith('```')) {
      isShell = line === '```sh'
      continue
    }
    if (!isShell) continue
    const begun: Pasted = open === null ? { command: line, line: at + 1 } : { ...open, command: `${open.command}\n${line}` }
    open = isOpen(begun.command) ? begun : null
    if (open === null && new RegExp(`(?:^|\\|\\s*)${word}\\b`).test(begun.command)) commands.push(begun)
  }
  return commands
}

/** Whether a shell would wait for more: a backslash or a pipe at the end, or a quote that is not closed. */
function isOpen(command: string): boolean {
  if (/[\\|]\s*$/.test(command)) return true
  return (command.replace(/^#.*$/gm, '').match(/'/g) ?? []).length % 2 === 1
}
