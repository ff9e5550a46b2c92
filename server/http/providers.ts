import { ProviderList } from '#protocol/api/keys.ts'
import { listProviderKeys } from '#server/commands/list-provider-keys.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'

export function providerRoutes(app: App, deps: RouteDependencies): void {
  const schema = {
    tags: ['models'],
    summary: 'All providers, how they are, and whose key they are asked with',
    response: { 200: ProviderList },
  }
  app.get('/api/v1/providers', { schema }, () => listProviderKeys(deps, LOCAL_USER_ID))
}
