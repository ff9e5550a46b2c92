/**
 * The feed of the server for users who do not exist over HTTP: everything behind the route, with `?user=` in place of who
 * asks. The route itself, its checks and its limits are left out.
 */
import { createServer } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { LOG_START } from '#protocol/cursor.ts'
import { composeFoundation } from '#server/compose.ts'
import { createRouteDependencies } from '#server/http/route-dependencies.ts'
import { answerEach } from '../bench-process.ts'
import { listen } from '../stream/listen.ts'
import { usersSettings } from './users-settings.ts'

export type UsersServerOrder = { order: 'begin'; dataDir: string } | { order: 'held' }

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

answerEach<UsersServerOrder>(async (message) => (message.order === 'begin' ? await begin(message.dataDir) : held()))

async function begin(dataDir: string): Promise<{ port: number }> {
  const settings = usersSettings(dataDir)
  const foundation = await composeFoundation(settings, { name: `api-${process.pid}`, followsLog: true })
  const deps = { ...foundation, settings, providers: [], webRoot: undefined, isReady: () => true }
  const { feedStreams } = createRouteDependencies(deps)
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    const followed = new Map([[searchParams.get('follow') ?? '', LOG_START]])
    feedStreams.open(response, { userId: searchParams.get('user') ?? '', revision: 0, followed })
  })
  return { port: await listen(server) }
}

/** Memory that the main thread holds after a collection, in its heap and in buffers. */
function held(): { bytes: number } {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return { bytes: heapUsed + external }
}
