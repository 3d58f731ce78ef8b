// Subscribes by graphql-sse as a frontend does, and says in lines what it hears.
// A line on stdin ends the subscription.
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-sse';

const [url, authorization, payload] = process.argv.slice(1);
const say = (what, detail) => process.stdout.write(`${JSON.stringify([what, detail ?? null])}\n`);

const client = createClient({
  url,
  retryAttempts: 0,
  headers: () => ({ authorization, 'accept-language': 'en' }),
});
const end = client.subscribe(JSON.parse(payload), {
  next: (result) => say('next', result),
  error: (error) => say('error', `${error}`),
  complete: () => say('complete'),
});
for await (const _ of createInterface({ input: process.stdin })) end();
