// Command go-core calls BankCardOCR with the newest core of the Go SDK, which
// calls any action by its name.
package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	sdkhttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/kahao/kahao/test/clients/driver"
)

func main() { driver.Main(call, explain) }

func call(c driver.Case) (*driver.Response, error) {
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint = c.Endpoint
	p.HttpProfile.Scheme = "HTTP"
	p.RateLimitExceededMaxRetries = c.Retries
	if c.Method != "" {
		p.HttpProfile.ReqMethod = c.Method
	}
	if c.Sign != "" {
		p.SignMethod = c.Sign
	}
	if c.Language != "" {
		p.Language = c.Language
	}
	client := common.NewCommonClient(common.NewCredential(c.SecretID, c.SecretKey), c.Region, p)
	q := sdkhttp.NewCommonRequest("ocr", "2018-11-19", "BankCardOCR")
	parameters, err := parametersOf(c)
	if err != nil {
		return nil, err
	}
	if err := q.SetActionParameters(parameters); err != nil {
		return nil, err
	}
	reply := sdkhttp.NewCommonResponse()
	if err := client.Send(q, reply); err != nil {
		return nil, err
	}
	var body struct{ Response *driver.Response }
	if err := json.Unmarshal(reply.GetBody(), &body); err != nil {
		return nil, err
	}
	return body.Response, nil
}

// parametersOf returns the parameters of the action.
func parametersOf(c driver.Case) (map[string]any, error) {
	parameters := map[string]any{}
	image, err := c.Base64()
	if image != "" {
		parameters["ImageBase64"] = image
	}
	if c.URL != "" {
		parameters["ImageUrl"] = c.URL
	}
	if c.Crops {
		parameters["RetBorderCutImage"], parameters["RetCardNoImage"] = true, true
	}
	return parameters, err
}

func explain(err error) *driver.Error {
	var e *sdkerrors.TencentCloudSDKError
	if !errors.As(err, &e) {
		return nil
	}
	return &driver.Error{Type: fmt.Sprintf("%T", e), Code: e.GetCode(), Message: e.GetMessage(), RequestID: e.GetRequestId()}
}
