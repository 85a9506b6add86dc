// Calls the published client, as its user would, and prints what it resolves
// with. The call comes on standard input:
//   {"host":"127.0.0.1:1234","calls":[{"AppId":…,"SecretId":…,"SecretKey":…,
//     "url":… or "base64":FILE or "stream":FILE}]}
'use strict';
const fs = require('fs');
const { ImageClient } = require('image-node-sdk');

function params(call) {
    if (call.url !== undefined) {
        return { data: { url: call.url } };
    }
    if (call.base64 !== undefined) {
        return { data: { image: fs.readFileSync(call.base64).toString('base64') } };
    }
    return {
        formData: { image: fs.createReadStream(call.stream) },
        headers: { 'content-type': 'multipart/form-data' },
    };
}

async function main() {
    const job = JSON.parse(fs.readFileSync(0, 'utf8'));
    const replies = [];
    for (const call of job.calls) {
        const { AppId, SecretId, SecretKey } = call;
        const client = new ImageClient({ AppId, SecretId, SecretKey });
        client.setHost(job.host).setProtocol('http');
        const reply = await client.ocrBankCard(params(call));
        replies.push({ statusCode: reply.statusCode, body: reply.body });
    }
    console.log(JSON.stringify(replies));
}

main().catch((err) => {
    console.error(err);
    process.exit(1);
});
