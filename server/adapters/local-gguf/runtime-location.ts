import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Runs the models. An optional peer: nothing of it is needed to start, to list models or to ask anyone else. */
const RUNTIME = 'node-llama-cpp'
/** The one that was tried; the peer range of package.json allows for later ones. */
export const RUNTIME_VERSION = '3.22.1'

/**
 * The address to import the runtime from: the folder that `LLAMA_RUNTIME_DIR` names, which `npm ci` leaves alone, else
 * this installation's own packages. Undefined when it is in neither.
 */
export function findRuntime(runtimeFolder: string): string | undefined {
  const own = createRequire(import.meta.url).resolve.paths(RUNTIME) ?? []
  for (const packages of [join(runtimeFolder, 'node_modules'), ...own]) {
    // Asked first, because Node remembers what it could not resolve, and it may be installed at any time.
    if (!existsSync(join(packages, RUNTIME, 'package.json'))) continue
    return pathToFileURL(createRequire(join(packages, 'any.js')).resolve(RUNTIME)).href
  }
  return undefined
}

/** What to type to get it: the package and the one build of this machine, 85 MB instead of 725. */
export function installCommand(runtimeFolder: string): string {
  const build = platformBuild(process.platform, process.arch)
  const prefix = shownPath(runtimeFolder)
  if (build === undefined) return `npm install --prefix ${prefix} ${RUNTIME}@${RUNTIME_VERSION}`
  const packages = `${RUNTIME}@${RUNTIME_VERSION} @node-llama-cpp/${build}@${RUNTIME_VERSION}`
  return `npm install --prefix ${prefix} --omit=optional --ignore-scripts ${packages}`
}

/** As the optional dependencies of the runtime are named; undefined where there is none and it has to be built. */
export function platformBuild(platform: string, architecture: string): string | undefined {
  const builds: Record<string, readonly string[]> = {
    linux: ['x64', 'arm64', 'riscv64'],
    darwin: ['x64', 'arm64'],
    win32: ['x64', 'arm64'],
  }
  if (platform === 'linux' && architecture === 'arm') return 'linux-armv7l'
  if (!builds[platform]?.includes(architecture)) return undefined
  if (platform === 'darwin') return architecture === 'arm64' ? 'mac-arm64-metal' : 'mac-x64'
  return `${platform === 'win32' ? 'win' : platform}-${architecture}`
}

/** Short where it lies below the folder in which the server was started. */
function shownPath(folder: string): string {
  const path = relative(process.cwd(), folder)
  const shown = path === '' || path.startsWith('..') || resolve(path) === path ? folder : `.${sep}${path}`
  return /^[\w./\\:@~-]+$/.test(shown) ? shown : `"${shown}"`
}
