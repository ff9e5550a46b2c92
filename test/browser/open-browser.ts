import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { chromiumPath } from './chromium-path.ts'

/** Without these it needs a display and a sandbox that containers lack; none of them weakens web security. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking']

/** Starts the browser of `chromiumPath`, without a window. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: await chromiumPath(), args: ARGUMENTS })
}

/** A page of its own context, and what went wrong in it: errors, and requests that left the server's origin. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('request', (request) => {
    const foreign = !request.url().startsWith(url) && !/^(data|blob):/.test(request.url())
    if (foreign) faults.push(`foreign request: ${request.url()}`)
  })
  await page.goto(url)
  return { page, faults }
}
