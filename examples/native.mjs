// Reads the cards in an image and writes a copy with the numbers covered.
//
//	KAHAO_URL=http://127.0.0.1:8080 KAHAO_KEY=kh_... node examples/native.mjs photo.jpg covered.jpg
//
// The key is made by `kahao key create APPID --kind bearer`. Node.js 18 or newer is
// enough.
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'

const url = process.env.KAHAO_URL ?? 'http://127.0.0.1:8080'
const key = process.env.KAHAO_KEY

// post sends an image, and again if the server says that it may help. All attempts
// have the same Idempotency-Key, so that only one is charged.
async function post(path, image, attempts = 3) {
  const headers = {
    Authorization: `Bearer ${key}`,
    'Content-Type': 'application/octet-stream',
    'Idempotency-Key': randomUUID(),
  }
  for (let attempt = 1; ; attempt++) {
    const reply = await fetch(url + path, { method: 'POST', headers, body: image })
    if (reply.ok) return reply
    const problem = await reply.json()
    if (!problem.retryable || attempt === attempts) {
      throw new Error(`${problem.code}: ${problem.title} (request ${problem.request_id})`)
    }
    await setTimeout(1000 * Number(reply.headers.get('Retry-After') ?? 1))
  }
}

const [, , from, to] = process.argv
const image = await readFile(from)
const { pictures } = await (await post('/v1/cards', image)).json()
for (const { cards, reasons } of pictures) {
  for (const card of cards) {
    // Whole numbers belong neither on a screen nor in a log.
    console.log(card.verdict, 'ending in', card.number.slice(-4), card.expiry, card.bank)
  }
  if (cards.length === 0) console.log('no card:', reasons.map((reason) => reason.code).join(', '))
}
if (to) {
  const reply = await post('/v1/redactions?keep=0,4', image)
  await writeFile(to, Buffer.from(await reply.arrayBuffer()))
  console.log(JSON.parse(reply.headers.get('Kahao-Redaction')).verdict, to)
}
