import { onTestFinished } from 'vitest'
import type { ProviderKind } from '#server/domain/settings.ts'
import type { Provider } from '#server/ports/provider.ts'
import type { WireProviderOptions } from '#server/upstream/wire-provider.ts'
import { startScriptedUpstream, type ScriptedUpstream, type UpstreamScript } from './scripted-upstream.ts'

export const OPENED_KEY = 'sk-the-only-secret-here'

export interface OpenedProvider {
  provider: Provider
  upstream: ScriptedUpstream
}

/** A provider of some kind before an upstream of its own, which lives as long as the test. */
export async function openProvider(
  create: (options: WireProviderOptions) => Provider,
  kind: ProviderKind,
  basePath: string,
  script: UpstreamScript,
  apiKey: string | undefined = OPENED_KEY,
): Promise<OpenedProvider> {
  const opened = await startProvider(create, kind, basePath, script, apiKey)
  onTestFinished(() => opened.upstream.stop())
  return opened
}

/** The same, with an upstream that the caller stops. */
export async function startProvider(
  create: (options: WireProviderOptions) => Provider,
  kind: ProviderKind,
  basePath: string,
  script: UpstreamScript,
  apiKey: string | undefined = OPENED_KEY,
): Promise<OpenedProvider> {
  const upstream = await startScriptedUpstream(script)
  const baseUrl = upstream.url + basePath
  const provider = create({
    settings: { id: kind, name: kind, kind, vendor: kind, baseUrl, apiKey, local: false, configured: true },
    limits: { connectTimeoutMs: 5_000, firstByteTimeoutMs: 20_000, idleTimeoutMs: 20_000, maxResponseBytes: 1_000_000 },
  })
  return { provider, upstream }
}
