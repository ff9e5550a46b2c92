import type { Page } from 'playwright-core'

/**
 * Stops a page where it stands, as a browser does with one that is out of sight: no timer and no message of it runs until
 * the returned function is called. The debugger does it, because a browser without a window takes no page for hidden.
 */
export async function freezePage(page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Debugger.enable')
  const paused = new Promise((resolve) => session.once('Debugger.paused', resolve))
  await session.send('Debugger.pause')
  await paused
  return async () => {
    await session.send('Debugger.resume')
    await session.detach()
  }
}
