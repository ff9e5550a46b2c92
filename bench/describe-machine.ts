import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'

/** What figures must be read with: the commit, the machine and the runtime. */
export function describeMachine(): string {
  const processors = cpus()
  const model = processors[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown processor'
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  return `commit ${describeCommit()}; node ${process.version}; ${processors.length} cores (${model}), ${memoryGb} GiB`
}

function describeCommit(): string {
  const git = (...arguments_: string[]) =>
    execFileSync('git', arguments_, { cwd: import.meta.dirname, encoding: 'utf8' })
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no').trim() !== ''
    return `${git('rev-parse', '--short', 'HEAD').trim()}${changed ? ' with changes' : ''}`
  } catch {
    return 'unknown'
  }
}
