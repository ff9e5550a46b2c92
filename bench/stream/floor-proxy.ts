/** The floor: passes bytes on and does nothing else. No server that adds anything in one more process can cost less. */
import { Agent, createServer, request as requestUpstream } from 'node:http'
import { answerEach } from '../bench-process.ts'
import { listen } from './listen.ts'

let upstreamPort = 0
const agent = new Agent({ keepAlive: true })
const server = createServer((request, response) => {
  const { method, url: path, headers } = request
  const upstream = requestUpstream({ host: '127.0.0.1', port: upstreamPort, method, path, headers, agent })
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  upstream.on('error', () => response.destroy())
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
})
const port = await listen(server)

answerEach<{ upstreamPort: number }>((message) => {
  upstreamPort = message.upstreamPort
  return { port }
})
