// Package driver is the frame of the programs that call kahao with a vendor's
// SDK: a job comes on standard input, its results go to standard output, both
// as JSON. The drivers in other languages read and write the same.
package driver

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
)

// Job is what a driver does: its cases, one after the other.
type Job struct {
	Cases []Case `json:"cases"`
}

// Case is one call of BankCardOCR. Empty fields leave the SDK its defaults.
type Case struct {
	Endpoint  string `json:"endpoint"` // host:port
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`
	Region    string `json:"region,omitempty"`
	Sign      string `json:"sign,omitempty"`     // TC3-HMAC-SHA256, HmacSHA1 or HmacSHA256
	Method    string `json:"method,omitempty"`   // POST or GET
	Language  string `json:"language,omitempty"` // zh-CN or en-US
	Image     string `json:"image,omitempty"`    // file, sent as base64
	URL       string `json:"url,omitempty"`
	Crops     bool   `json:"crops,omitempty"`   // ask for both crops
	Retries   int    `json:"retries,omitempty"` // of the SDK, when over the rate
}

// Base64 returns the case's image as a user of an SDK encodes it, or "".
func (c Case) Base64() (string, error) {
	if c.Image == "" {
		return "", nil
	}
	image, err := os.ReadFile(c.Image)
	return base64.StdEncoding.EncodeToString(image), err
}

// Result is how a call ended: with the SDK's response or with its error.
type Result struct {
	Response *Response `json:"response,omitempty"`
	Error    *Error    `json:"error,omitempty"`
}

// Response has the fields of the SDKs' BankCardOCRResponse.
type Response struct {
	CardNo         *string
	BankInfo       *string
	ValidDate      *string
	CardType       *string
	CardName       *string
	BorderCutImage *string
	CardNoImage    *string
	WarningCode    []int
	QualityValue   *int
	CardCategory   *string
	RequestId      *string
}

// Error is an error as the SDK gives it to its user.
type Error struct {
	Type      string // of the SDK
	Code      string
	Message   string
	RequestID string
}

// Main reads the job, makes its calls and prints their results. An error of
// call that explain does not know ends the program.
func Main(call func(Case) (*Response, error), explain func(error) *Error) {
	if err := run(call, explain); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(call func(Case) (*Response, error), explain func(error) *Error) error {
	var job Job
	if err := json.NewDecoder(os.Stdin).Decode(&job); err != nil {
		return err
	}
	results := make([]Result, len(job.Cases))
	for i, c := range job.Cases {
		response, err := call(c)
		if err == nil {
			results[i].Response = response
			continue
		}
		if results[i].Error = explain(err); results[i].Error == nil {
			return fmt.Errorf("case %d: %w", i, err)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(results)
}
