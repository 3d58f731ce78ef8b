// Subscribes by graphql-ws as a frontend does, and says in lines what it hears.
// Lines on stdin: {"authorization": …} is what it says from the next connection on; {"end": true}.
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, given, payload] = process.argv.slice(1);
const say = (what, detail) => process.stdout.write(`${JSON.stringify([what, detail ?? null])}\n`);
let authorization = given;

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: () => ({ authorization, language: 'en' }),
  shouldRetry: () => true,
  retryAttempts: 100,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  on: {
    connected: () => say('connected'),
    closed: ({ code, reason }) => say('closed', { code, reason }),
  },
});
const end = client.subscribe(JSON.parse(payload), {
  next: (result) => say('next', result),
  error: (error) => say("error", Array.isArray(error) ? error : { code: error.code }),
  complete: () => say('complete'),
});
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  if (told.authorization) authorization = told.authorization;
  if (told.end) end();
}
