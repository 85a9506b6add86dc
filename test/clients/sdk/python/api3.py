"""Calls BankCardOCR with the published SDK for each case of the job on standard
input, and prints what its user gets. driver/driver.go has the fields."""

import base64
import json
import sys

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ocr.v20181119 import models, ocr_client


def call(case):
    http = HttpProfile(protocol="http", endpoint=case["endpoint"], reqMethod=case.get("method"))
    profile = ClientProfile(signMethod=case.get("sign"), httpProfile=http)
    if "language" in case:
        profile.language = case["language"]
    client = ocr_client.OcrClient(Credential(case["secret_id"], case["secret_key"]), case.get("region"), profile)
    request = models.BankCardOCRRequest()
    if "image" in case:
        with open(case["image"], "rb") as f:
            request.ImageBase64 = base64.b64encode(f.read()).decode()
    if "url" in case:
        request.ImageUrl = case["url"]
    if case.get("crops"):
        request.RetBorderCutImage = request.RetCardNoImage = True
    try:
        return {"response": json.loads(client.BankCardOCR(request).to_json_string())}
    except TencentCloudSDKException as e:
        return {"error": {"Type": type(e).__name__, "Code": e.code, "Message": str(e.message), "RequestID": e.requestId}}


json.dump([call(case) for case in json.load(sys.stdin)["cases"]], sys.stdout)
