// `npm run dev`: the page from Vite on the port that a person opens, with hot reload; the server beside it on a
// port of its own, started again whenever a file of server/ or protocol/ changes. Vite passes API requests on to it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))
if (existsSync('.env')) process.loadEnvFile('.env')
const pagePort = Number(process.env.PORT || 8000)
const apiPort = pagePort + 10

const vite = await createServer({
  configFile: `${root}web/vite.config.ts`,
  server: {
    port: pagePort,
    strictPort: true,
    host: process.env.HOST || '127.0.0.1',
    // The page's own sources lie under paths such as /chat/…: only whole reserved names go to the server.
    proxy: { '^/(api|health)(/|\\?|$)': { target: `http://127.0.0.1:${apiPort}`, changeOrigin: false } },
  },
})
await vite.listen()

let server = startServer()
let timer
vite.watcher.add([`${root}server`, `${root}protocol`])
vite.watcher.on('all', (_event, path) => {
  if (!/^(server|protocol)\//.test(path.slice(root.length)) || path.includes('.test.')) return
  clearTimeout(timer)
  timer = setTimeout(() => void restartServer(), 100)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop())
// Vite ends the process at SIGTERM too, and when the terminal closes.
process.once('exit', () => server?.child.kill('SIGTERM'))

console.log(`Open http://localhost:${pagePort} (the server beside it listens on ${apiPort})`)

function startServer() {
  const env = { ...process.env, HOST: '127.0.0.1', PORT: String(apiPort) }
  const child = spawn(process.execPath, [`${root}server/main.ts`, 'all'], { stdio: 'inherit', env })
  return { child, exited: new Promise((resolve) => child.once('exit', resolve)) }
}

async function restartServer() {
  const old = server
  // A change that comes while the old one is still ending finds `server` taken and does nothing more.
  if (old === undefined) return
  server = undefined
  console.log('The server changed: starting it again')
  await end(old)
  server = startServer()
}

async function stop() {
  if (server) await end(server)
  process.exit()
}

/** The second signal says that nobody wants to wait for answers that are still being written. */
async function end({ child, exited }) {
  child.kill('SIGTERM')
  const hurry = setTimeout(() => child.kill('SIGTERM'), 300)
  await exited
  clearTimeout(hurry)
}
