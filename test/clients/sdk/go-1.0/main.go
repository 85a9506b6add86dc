// Command go-1.0 calls BankCardOCR with the typed client of the Go SDK of 2021.
package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	ocr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/ocr/v20181119"

	"github.com/kahao/kahao/test/clients/driver"
)

func main() { driver.Main(call, explain) }

func call(c driver.Case) (*driver.Response, error) {
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint = c.Endpoint
	p.HttpProfile.Scheme = "HTTP"
	if c.Method != "" {
		p.HttpProfile.ReqMethod = c.Method
	}
	if c.Sign != "" {
		p.SignMethod = c.Sign
	}
	if c.Language != "" {
		p.Language = c.Language
	}
	client, err := ocr.NewClient(common.NewCredential(c.SecretID, c.SecretKey), c.Region, p)
	if err != nil {
		return nil, err
	}
	q := ocr.NewBankCardOCRRequest()
	image, err := c.Base64()
	if err != nil {
		return nil, err
	}
	if image != "" {
		q.ImageBase64 = common.StringPtr(image)
	}
	if c.URL != "" {
		q.ImageUrl = common.StringPtr(c.URL)
	}
	if c.Crops {
		q.RetBorderCutImage, q.RetCardNoImage = common.BoolPtr(true), common.BoolPtr(true)
	}
	reply, err := client.BankCardOCR(q)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(reply.Response)
	if err != nil {
		return nil, err
	}
	r := new(driver.Response)
	return r, json.Unmarshal(text, r)
}

func explain(err error) *driver.Error {
	var e *sdkerrors.TencentCloudSDKError
	if !errors.As(err, &e) {
		return nil
	}
	return &driver.Error{Type: fmt.Sprintf("%T", e), Code: e.GetCode(), Message: e.GetMessage(), RequestID: e.GetRequestId()}
}
