/** A real browser for the tests of the published pages, and a server of them on loopback. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const executable = '/usr/bin/chromium';

/** Why there is no browser, for `skip`; undefined: there is one. */
export const browserLacks = (): string | undefined =>
  existsSync(executable) ? undefined : 'chromium is not installed';

/** Root has no sandbox to give up, and the shared memory of a container is small. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.atom': 'application/atom+xml',
};

export interface SiteServer {
  /** Ends in a slash. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves each folder under its name: `/small/index.html`. */
export async function serve(folders: Readonly<Record<string, string>>): Promise<SiteServer> {
  const server: Server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const [, name = '', ...rest] = path.split('/');
    const folder = folders[name];
    const content =
      folder === undefined ? undefined : await readFile(join(folder, ...rest)).catch(() => undefined);
    // Browsers ask for a picture of the site by themselves.
    response.statusCode = content ? 200 : path === '/favicon.ico' ? 204 : 404;
    response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream');
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface Visit {
  readonly page: Page;
  /** What the browser complained of: errors of scripts, breaches of the policy, what was not found. */
  readonly complaints: string[];
}

/** Opens a page, gives it to `look`, and rejects where the browser complained of anything. */
export async function visit(
  context: BrowserContext,
  address: string,
  look: (visit: Visit) => Promise<void>,
): Promise<void> {
  const complaints: string[] = [];
  const page = await context.newPage();
  try {
    page.on('console', (message) => {
      if (message.type() === 'error' || /content security policy/i.test(message.text()))
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(address);
    await look({ page, complaints });
    if (complaints.length > 0) throw new Error(`${page.url()}: ${complaints.join('\n')}`);
  } finally {
    await page.close();
  }
}
