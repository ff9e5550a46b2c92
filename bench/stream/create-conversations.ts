import { Agent, request } from 'node:http'

const CONNECTIONS = 8

/** Creates so many empty conversations and returns their ids. */
export async function createConversations(port: number, count: number): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const ids: string[] = []
  let begun = 0
  const createSome = async () => {
    while (begun < count) {
      begun += 1
      ids.push(await createConversation(agent, port))
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, createSome))
  agent.destroy()
  return ids
}

function createConversation(agent: Agent, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = { 'content-type': 'application/json' }
  request({ agent, port, host: '127.0.0.1', method: 'POST', path: '/api/v1/conversations', headers }, (response) => {
    let body = ''
    response.setEncoding('utf8')
    response.on('data', (text: string) => (body += text))
    response.on('error', reject)
    response.on('end', () => {
      if (response.statusCode !== 201) return reject(new Error(`status ${response.statusCode}: ${body.slice(0, 300)}`))
      resolve((JSON.parse(body) as { id: string }).id)
    })
  })
    .on('error', reject)
    .end('{}')
  return promise
}
