import { ModelList } from '#protocol/api/models.ts'
import { listModels } from '#server/commands/list-models.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'

export function modelRoutes(app: App, { store, providers, settings }: RouteDependencies): void {
  const schema = {
    tags: ['models'],
    summary: 'The models that can be asked, and how their providers are',
    response: { 200: ModelList },
  }
  app.get('/api/v1/models', { schema }, () => listModels({ store, providers, defaultModel: settings.defaultModel }))
}
