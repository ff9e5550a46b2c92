import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { kill } from './process-tree.ts'

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url))

/** One role as a command of its own, without a supervisor. */
export interface Role extends AsyncDisposable {
  pid: number
  output(): string
  /** The exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals | null>
}

export function startRole(role: 'api' | 'worker', dataDir: string, env: Record<string, string> = {}): Role {
  const child = spawn(process.execPath, [MAIN, role], {
    cwd: dataDir,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, HOST: '127.0.0.1', DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal)),
  )
  const pid = child.pid ?? 0
  return {
    pid,
    output: () => output,
    exited,
    async [Symbol.asyncDispose]() {
      kill(pid, 'SIGKILL')
      await exited
    },
  }
}

/** The API as a command of its own, once it answers. */
export async function startApiRole(
  dataDir: string,
  env: Record<string, string> = {},
): Promise<Role & { port: number }> {
  const port = await freePort()
  const role = startRole('api', dataDir, { ...env, PORT: String(port) })
  while (!role.output().includes('ready')) {
    if ((await Promise.race([role.exited, delay(25, 'alive')])) !== 'alive') throw new Error(role.output())
  }
  return { ...role, port }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
