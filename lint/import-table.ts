import { posix } from 'node:path'

/**
 * Who may import what. A file belongs to the longest row that holds it (`*` stands for any one folder name) and may import
 * its own folder and what the row lists. Tests, contract suites, fixtures and the folders in `UNBOUND` may import everything,
 * and only they may import a test.
 */
export const FOLDERS: Record<string, readonly string[]> = {
  protocol: [],
  'server/domain': ['protocol'],
  'server/ports': ['server/domain', 'protocol'],
  'server/pipeline': ['server/domain', 'protocol'],
  'server/dialects': ['server/domain', 'protocol'],
  'server/upstream': ['server/ports', 'server/domain', 'protocol'],
  'server/adapters/*': ['server/upstream', 'server/ports', 'server/domain', 'protocol'],
  'server/commands': ['server/ports', 'server/domain', 'protocol'],
  'server/subscribe': ['server/ports', 'server/domain', 'protocol'],
  'server/worker': ['server/pipeline', 'server/ports', 'server/domain', 'protocol'],
  'server/http': [
    'server/commands',
    'server/subscribe',
    'server/dialects',
    'server/ports',
    'server/domain',
    'protocol',
  ],
  // What puts the parts together: the files that stand directly in server/, and what each process is made of.
  server: ['server', 'protocol'],
  'server/roles': ['server', 'protocol'],
  client: ['protocol'],
  web: ['client', 'protocol'],
  cli: ['client', 'protocol'],
}

/** Packages with a home; `*` stands for the rest of the name, the longest row decides. All others are free. */
const PACKAGES: Record<string, readonly string[]> = {
  fastify: ['server/http'],
  'fastify-*': ['server/http'],
  '@fastify/*': ['server/http'],
  kysely: ['server/adapters'],
  'node:sqlite': ['server/adapters'],
  pg: ['server/adapters'],
  redis: ['server/adapters'],
  ioredis: ['server/adapters'],
  undici: ['server/upstream'],
  react: ['web'],
  'react/*': ['web'],
  'react-dom': ['web'],
  'react-dom/*': ['web'],
  '@tanstack/*': ['web'],
  'node:*': ['server', 'cli'],
  // The environment is read through the global `process`, where another rule sees it.
  'node:process': [],
}

const UNBOUND = ['test', 'bench', 'lint']
const TEST = /\.(test|contract|fixture)\.tsx?$/
const TOOL = /^[^/]+$|\.config\.ts$/

/** Why `file` (relative to the project's root, with `/`) may not import `specifier`; undefined when it may. */
export function refusal(file: string, specifier: string): string | undefined {
  if (TEST.test(file) || TOOL.test(file) || UNBOUND.some((folder) => isIn(file, folder))) return undefined
  const row = rowOf(file)
  if (row === undefined) return `${posix.dirname(file)} has no row in the import table`
  const target = ownFile(file, specifier)
  return target === undefined ? packageRefusal(file, specifier) : fileRefusal(file, row, target)
}

/** The row of `FOLDERS` that a file falls under. */
function rowOf(file: string): string | undefined {
  const folder = posix.dirname(file)
  let best: string | undefined
  for (const row of Object.keys(FOLDERS)) {
    const holds = row === 'server' ? folder === 'server' : folderIn(row, file) !== undefined
    if (holds && (best === undefined || row.length > best.length)) best = row
  }
  return best
}

/** The file that an import names, relative to the project's root; undefined when it names a package. */
function ownFile(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier)
  return undefined
}

function fileRefusal(file: string, row: string, target: string): string | undefined {
  if (TEST.test(target)) return `${file} is not a test and may not import one`
  const own = folderIn(row, file)
  const allowed = FOLDERS[row] ?? []
  if (own !== undefined && isIn(target, own)) return undefined
  if (allowed.some((folder) => isIn(target, folder))) return undefined
  return `${own ?? row} may not import ${target}, only ${allowed.join(', ') || 'itself'}`
}

function packageRefusal(file: string, specifier: string): string | undefined {
  const matches = Object.keys(PACKAGES).filter((name) =>
    name.endsWith('*') ? specifier.startsWith(name.slice(0, -1)) : specifier === name,
  )
  const longest = matches.sort((a, b) => b.length - a.length)[0]
  const homes = longest === undefined ? undefined : PACKAGES[longest]
  if (homes === undefined || homes.some((folder) => isIn(file, folder))) return undefined
  return `${specifier} may be imported only in ${homes.join(', ') || 'tests'}`
}

function isIn(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`)
}

/** The folder that `row` stands for at this file: `server/adapters/sql` for `server/adapters/*`; undefined outside it. */
function folderIn(row: string, file: string): string | undefined {
  const pattern = row.split('/')
  const names = file.split('/')
  if (names.length <= pattern.length) return undefined
  if (pattern.some((name, index) => name !== '*' && name !== names[index])) return undefined
  return names.slice(0, pattern.length).join('/')
}
