import { z } from 'zod'
import { SaveKey } from '#protocol/api/keys.ts'
import { deleteKey, saveKey } from '#server/commands/save-key.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'
import { problems } from './route-schema.ts'

const tags = ['keys']
const ProviderParameter = z.object({ provider: z.string() })

const SCHEMAS = {
  save: {
    tags,
    summary: 'Store a key of your own for a provider, in place of one before',
    description:
      "Your answers are asked with it from now on, in place of the server's key, also of a provider for which the server " +
      'has none. It is stored encrypted and can be replaced or deleted, never read.',
    params: ProviderParameter,
    body: SaveKey,
    response: { 204: z.undefined().describe('Stored'), ...problems(404, 422, 503) },
  },
  delete: {
    tags,
    summary: 'Delete your own key for a provider',
    params: ProviderParameter,
    response: { 204: z.undefined().describe('Deleted, or there was none'), ...problems(404, 503) },
  },
}

export function keyRoutes(app: App, deps: RouteDependencies): void {
  const userId = LOCAL_USER_ID
  const path = '/api/v1/keys/:provider'

  app.put(path, { schema: SCHEMAS.save }, async ({ params: { provider: providerId }, body }, reply) => {
    await saveKey(deps, { userId, providerId, body })
    return reply.code(204).send()
  })

  app.delete(path, { schema: SCHEMAS.delete }, async ({ params: { provider: providerId } }, reply) => {
    await deleteKey(deps, { userId, providerId })
    return reply.code(204).send()
  })
}
