package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

// Authorization returns a signature of the account that is valid for ten minutes.
func (a Account) Authorization() string {
	now := time.Now()
	return signature.Sign(signature.Secret(a.SecretKey), signature.Params{
		AppID: a.AppID, Bucket: a.Bucket, SecretID: a.SecretID,
		Created: now.Unix(), Expires: now.Add(10 * time.Minute).Unix(),
	})
}

// Form returns a multipart body with the image, and its Content-Type.
func (a Account) Form(image []byte) (body []byte, contentType string) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	_ = form.WriteField("appid", a.AppID)
	_ = form.WriteField("bucket", a.Bucket)
	part, _ := form.CreateFormFile("image", "card.jpg")
	_, _ = part.Write(image)
	_ = form.Close()
	return b.Bytes(), form.FormDataContentType()
}

// Reply is a reply of the endpoint.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte

	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    struct {
		SessionID string `json:"session_id"`
		Items     []struct {
			Item       string  `json:"item"`
			Confidence float64 `json:"itemconf"`
			Text       string  `json:"itemstring"`
		} `json:"items"`
	} `json:"data"`
}

// Number returns the card number of a reply, or "".
func (r *Reply) Number() string {
	if len(r.Data.Items) == 0 {
		return ""
	}
	return r.Data.Items[0].Text
}

// Send sends a request and reads the reply, which must be JSON.
func Send(client *http.Client, q *http.Request) (*Reply, error) {
	got, err := client.Do(q)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return nil, err
	}
	r := &Reply{Status: got.StatusCode, Header: got.Header, Body: body}
	if err := json.Unmarshal(body, r); err != nil {
		return nil, fmt.Errorf("status %d, not JSON: %.200q", got.StatusCode, body)
	}
	return r, nil
}

// Post signs and sends an image as a form.
func (s *Server) Post(client *http.Client, image []byte) (*Reply, error) {
	body, contentType := s.Form(image)
	return s.PostBody(client, s.Authorization(), contentType, body)
}

// PostBody sends a body as it is.
func (s *Server) PostBody(client *http.Client, authorization, contentType string, body []byte) (*Reply, error) {
	q, err := http.NewRequest(http.MethodPost, s.Endpoint(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Authorization", authorization)
	q.Header.Set("Content-Type", contentType)
	return Send(client, q)
}
