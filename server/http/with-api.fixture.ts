import { startApi, type Api, type ApiOptions } from '#test/app/start-api.ts'

/** Lends an API of its own, for what the shared one of a test file is not set up for. */
export async function withApi(options: ApiOptions, use: (api: Api) => Promise<void>): Promise<void> {
  const own = await startApi(options)
  try {
    await use(own)
  } finally {
    await own.close()
  }
}
