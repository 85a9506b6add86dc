// Calls BankCardOCR with the published SDK for each case of the job on standard
// input, and prints what its user gets. driver/driver.go has the fields.
'use strict';
const fs = require('fs');
const { ocr } = require('tencentcloud-sdk-nodejs-ocr');
const SDKError = require('tencentcloud-sdk-nodejs-common/tencentcloud/common/exception/tencent_cloud_sdk_exception').default;

async function call(c) {
    const client = new ocr.v20181119.Client({
        credential: { secretId: c.secret_id, secretKey: c.secret_key },
        region: c.region,
        profile: {
            signMethod: c.sign,
            language: c.language,
            httpProfile: { endpoint: c.endpoint, protocol: 'http://', reqMethod: c.method || 'POST' },
        },
    });
    const request = {};
    if (c.image) {
        request.ImageBase64 = fs.readFileSync(c.image).toString('base64');
    }
    if (c.url) {
        request.ImageUrl = c.url;
    }
    if (c.crops) {
        request.RetBorderCutImage = true;
        request.RetCardNoImage = true;
    }
    try {
        return { response: await client.BankCardOCR(request) };
    } catch (err) {
        if (!(err instanceof SDKError)) {
            throw err;
        }
        return { error: { Type: err.constructor.name, Code: err.code, Message: err.message, RequestID: err.requestId } };
    }
}

async function main() {
    const results = [];
    for (const c of JSON.parse(fs.readFileSync(0, 'utf8')).cases) {
        results.push(await call(c));
    }
    console.log(JSON.stringify(results));
}

main().catch((err) => {
    console.error(err);
    process.exit(1);
});
