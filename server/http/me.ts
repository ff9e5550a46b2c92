import { Me } from '#protocol/api/server.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'

export function meRoutes(app: App, { settings }: RouteDependencies): void {
  const schema = { tags: ['me'], summary: 'Who is asking, and what may be sent', response: { 200: Me } }
  const { maxMessageCharacters, maxModelsPerQuestion } = settings.limits

  app.get('/api/v1/me', { schema }, () => ({
    id: LOCAL_USER_ID,
    accounts: false,
    limits: { maxMessageCharacters, maxModelsPerQuestion },
  }))
}
