import { endpoint } from '#server/upstream/wire.ts'
import type { ChatVendor } from './vendors.ts'

/** The address of `/chat/completions` or `/models`. A query in the base URL (`?api-version=…`) is kept. */
export function chatEndpoint(
  vendor: Pick<ChatVendor, 'basePath' | 'hasDeployments'>,
  baseUrl: string,
  path: '/chat/completions' | '/models',
  model = '',
): URL {
  const url = new URL(baseUrl)
  const root = url.pathname.replace(/\/+$/, '')
  if (vendor.hasDeployments && url.searchParams.has('api-version') && !root.endsWith('/v1')) {
    // `/openai` or `/openai/deployments/NAME`; the models are listed for the resource as a whole.
    url.pathname = root.replace(DEPLOYMENT, '') || '/openai'
    const deployment = deploymentOf(vendor, baseUrl) ?? model
    return endpoint(url.href, path === '/models' ? path : `/deployments/${encodeURIComponent(deployment)}${path}`)
  }
  const { basePath = '' } = vendor
  return endpoint(baseUrl, (root.endsWith(basePath) ? '' : basePath) + path)
}

/** The one deployment that a base URL of the older form names. */
export function deploymentOf(vendor: Pick<ChatVendor, 'hasDeployments'>, baseUrl: string): string | undefined {
  const name = vendor.hasDeployments ? DEPLOYMENT.exec(new URL(baseUrl).pathname)?.[1] : undefined
  return name === undefined ? undefined : decodeURIComponent(name)
}

const DEPLOYMENT = /\/deployments\/([^/]+)\/?$/
