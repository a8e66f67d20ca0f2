import { enableCompileCache } from 'node:module'

enableCompileCache()
const { runCli } = await import('./app/cli/program.ts')
await runCli(process.argv.slice(2))
