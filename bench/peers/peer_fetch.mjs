// peer_fetch: Node's own fetch, which keeps its connection. The connection is warm; signing is done
// at the trigger. The page and its offsets: page.hpp. Node has no mmap: the trigger is found by
// pread in a loop, about 1 us late; what fetch itself takes begins at seen_ns.
import { createHmac } from 'node:crypto';
import { setDefaultResultOrder } from 'node:dns';
import { openSync, readSync, writeSync } from 'node:fs';

const triggerAt = 0, stateAt = 64, doneAt = 128, doneNsAt = 136, stopAt = 192;
const keyAt = 256, secretAt = 320, identityAt = 384, textBytes = 64;
const warmUpRequests = 2;
const spinsBetweenDoubts = 1 << 12;
const idleMsMax = 120_000;

function giveUp(sentence) {
    console.error(`peer_fetch: ${sentence}`);
    process.exit(1);
}

if (process.argv.length !== 5) giveUp('usage: PAGE_FILE PORT CA_FILE');
const [pageFile, port, caFile] = process.argv.slice(2);
// fetch takes no authority of its own: Node reads the file at its start, from its environment.
if (process.env.NODE_EXTRA_CA_CERTS !== caFile) giveUp(`start it with NODE_EXTRA_CA_CERTS=${caFile}`);
setDefaultResultOrder('ipv4first'); // the venue listens on 127.0.0.1 only: no vain try of ::1

const parent = process.ppid;
const page = openSync(pageFile, 'r+');
const front = new Uint32Array((stopAt + 8) / 4); // low halves are enough to see a change
let last = 0n;

function text(at) {
    const bytes = Buffer.alloc(textBytes);
    readSync(page, bytes, 0, textBytes, at);
    return bytes.subarray(0, bytes.indexOf(0)).toString();
}

function store(at, ...values) {
    writeSync(page, BigUint64Array.from(values), 0, 8 * values.length, at);
}

const key = text(keyAt);
const secret = text(secretAt);
const identity = text(identityAt);

function signedHeaders() {
    const claim = JSON.stringify({ identity, nonce: Date.now() });
    const payload = Buffer.from(claim).toString('base64');
    return {
        'X-BITOPRO-APIKEY': key,
        'X-BITOPRO-PAYLOAD': payload,
        'X-BITOPRO-SIGNATURE': createHmac('sha384', secret).update(payload).digest('hex'),
    };
}

async function cancelAll() {
    const url = `https://localhost:${port}/v3/orders/all`;
    const response = await fetch(url, { method: 'DELETE', headers: signedHeaders() });
    if (response.status !== 200) giveUp(`answered: ${response.status}`);
    await response.json();
}

// Spins; the time at which the trigger was seen, or 0n: the venue wants no more.
function waitForTrigger() {
    const sinceMs = performance.now();
    for (let spin = 1; ; ++spin) {
        readSync(page, front, 0, front.byteLength, 0);
        if (front[triggerAt / 4] !== Number(last)) {
            const seenNs = process.hrtime.bigint();
            last = BigInt(front[triggerAt / 4]);
            return seenNs;
        }
        if (front[stopAt / 4] === 1) return 0n;
        if (spin % spinsBetweenDoubts !== 0) continue;
        if (process.ppid !== parent) giveUp('its venue is gone');
        if (performance.now() - sinceMs > idleMsMax) giveUp('no trigger in 120 s');
    }
}

try {
    for (let i = 0; i < warmUpRequests; ++i) await cancelAll();
    store(stateAt, 1n);
    for (let seenNs; (seenNs = waitForTrigger()); ) {
        await cancelAll();
        store(doneNsAt, process.hrtime.bigint(), seenNs); // and after these two what says they are there
        store(doneAt, last);
    }
} catch (failure) {
    giveUp(failure.cause ?? failure);
}
process.exit(0);
