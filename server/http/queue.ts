import { z } from 'zod'
import { QueuedTurnSchema } from '#protocol/api/messages.ts'
import { TurnQueue, UpdateQueue, UpdateQueuedTurn } from '#protocol/api/queue.ts'
import { editQueuedTurn } from '#server/commands/edit-queued-turn.ts'
import { listQueue, updateQueue } from '#server/commands/update-queue.ts'
import { withdrawQueue, withdrawQueuedTurn } from '#server/commands/withdraw-turns.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'
import { IdParameter, problems } from './route-schema.ts'

const tags = ['turn queue']
const TurnParameters = IdParameter.extend({ turnId: z.string() })

const SCHEMAS = {
  list: {
    tags,
    summary: 'List the turns that wait in a conversation, in the order in which they are sent',
    description:
      'A message that is sent while an answer is being written waits here, on the server. One turn is sent when the ' +
      'answer before it is complete; when that failed or was stopped the turns are held, until the next is sent by hand ' +
      'or that question is asked again.',
    params: IdParameter,
    response: { 200: TurnQueue, ...problems(404) },
  },
  update: {
    tags,
    summary: 'Reorder the turns that wait, or send the next one although it is held',
    params: IdParameter,
    body: UpdateQueue,
    response: { 200: TurnQueue, ...problems(404, 409, 422, 503) },
  },
  clear: {
    tags,
    summary: 'Withdraw all turns that wait',
    params: IdParameter,
    response: { 204: z.undefined().describe('Withdrawn'), ...problems(404, 503) },
  },
  edit: {
    tags,
    summary: 'Edit a turn that waits',
    params: TurnParameters,
    body: UpdateQueuedTurn,
    response: { 200: QueuedTurnSchema, ...problems(404, 409, 413, 422, 503) },
  },
  withdraw: {
    tags,
    summary: 'Withdraw a turn that waits',
    params: TurnParameters,
    response: { 204: z.undefined().describe('Withdrawn'), ...problems(404, 409, 503) },
  },
}

export function queueRoutes(app: App, deps: RouteDependencies): void {
  const userId = LOCAL_USER_ID
  const queue = '/api/v1/conversations/:id/queue'
  const turn = `${queue}/:turnId`

  app.get(queue, { schema: SCHEMAS.list }, ({ params: { id } }) => listQueue(deps, userId, id))

  app.patch(queue, { schema: SCHEMAS.update }, ({ params: { id }, body }) =>
    updateQueue(deps, { userId, conversationId: id, body }),
  )

  app.delete(queue, { schema: SCHEMAS.clear }, async ({ params: { id } }, reply) => {
    await withdrawQueue(deps, userId, id)
    return reply.code(204).send()
  })

  app.patch(turn, { schema: SCHEMAS.edit }, ({ params, body }) =>
    editQueuedTurn(deps, { userId, conversationId: params.id, turnId: params.turnId, body }),
  )

  app.delete(turn, { schema: SCHEMAS.withdraw }, async ({ params }, reply) => {
    await withdrawQueuedTurn(deps, { userId, conversationId: params.id, turnId: params.turnId })
    return reply.code(204).send()
  })
}
