package legacy

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
)

// plainData is the data of the documented reply.
var plainData = strings.TrimSuffix(strings.TrimPrefix(documented, `{"code":0,"message":"OK",`), "}")

// list is a reply to several pictures.
func list(results ...string) string {
	return `{"result_list":[` + strings.Join(results, ",") + `]}`
}

// good and bad are one picture's result, with the member that names it.
func good(name string) string { return `{"code":0,"message":"OK",` + name + `,` + plainData + `}` }

func bad(c Condition, name string) string {
	return fmt.Sprintf(`{"code":%d,"message":"%s",%s}`, c.Row().Code, c.Row().Message, name)
}

// Several pictures are each read and answered in the shape of the siblings
// , byte for byte; one keeps the plain shape, however it was sent.
func TestSeveralImages(t *testing.T) {
	s := start(t, func(o *Options) { o.Fetcher = &fetcher{} })
	none := base64.StdEncoding.EncodeToString([]byte("none"))
	const card, other = "http://example.org/card.jpg", "http://example.org/other.jpg"
	byURL := func(u string) string { return `"url":"` + u + `"` }
	byFile := func(f string) string { return `"filename":"` + f + `"` }
	for name, c := range map[string]struct {
		call testCall
		want string
	}{
		"idcard's url_list": {jsonCall(object{"appid": demo.AppID, "bucket": demo.Bucket, "card_type": 0, "url_list": []string{card, other}}),
			list(good(byURL(card)), good(byURL(other)))},
		"urls, some bad": {jsonCall(object{"appid": demo.AppID, "url": []any{card, "", "ftp://example.org/x", 7, "http://example.org/closed", "http://example.org/panic", "http://h/" + strings.Repeat("x", 2048), other}}),
			list(good(byURL(card)), bad(URLEmpty, byURL("")), bad(BadURL, byURL("ftp://example.org/x")), bad(InvalidParameter, byURL("")), bad(Unreachable, byURL("http://example.org/closed")),
				bad(LinkFault, byURL("http://example.org/panic")), bad(ParameterTooLong, byURL("")), good(byURL(other)))},
		"a list of base64": {jsonCall(object{"appid": demo.AppID, "image": []any{encoded, "!!", "", none, nil, encoded}}),
			list(good(byFile("")), bad(InvalidParameter, byFile("")), bad(ImageEmpty, byFile("")), bad(NotACard, byFile("")), bad(ImageEmpty, byFile("")), good(byFile("")))},
		"files": {formCall(part{`Content-Disposition: form-data; name="image[1]"; filename="/home/a/back.jpg"`, "none"}, text("appid", demo.AppID), part{`Content-Disposition: form-data; name="image[0]"; filename="front.jpg"`, string(picture)}, text("image[2]", string(picture))),
			list(good(byFile("front.jpg")), bad(NotACard, byFile("/home/a/back.jpg")), good(byFile("")))},
		"all of them bad":      {jsonCall(object{"appid": demo.AppID, "image": []string{none, none}}), list(bad(NotACard, byFile("")), bad(NotACard, byFile("")))},
		"faults of the server": {formCall(text("appid", demo.AppID), file("image1", []byte("fault")), file("image2", []byte("panic")), file("image3", []byte("heavy")), file("image4", picture)), list(bad(Internal, byFile("card.jpg")), bad(Internal, byFile("card.jpg")), bad(Overloaded, byFile("card.jpg")), good(byFile("card.jpg")))},
		"one url in a list":    {jsonCall(object{"appid": demo.AppID, "url_list": []string{card}}), documented},
		"one image in a list":  {jsonCall(object{"appid": demo.AppID, "image": []string{encoded}}), documented},
		"one bad in a list":    {jsonCall(object{"appid": demo.AppID, "image": []string{none}}), `{"code":-9013,"message":"ERROR_NOT_A_CREDITCARD"}`},
		"url before url_list":  {jsonCall(object{"appid": demo.AppID, "url": card, "url_list": []string{other, other}}), documented},
		"an empty list":        {jsonCall(object{"appid": demo.AppID, "url_list": []string{}}), `{"code":17,"message":"url is empty"}`},
		"a list of nothing":    {jsonCall(object{"appid": demo.AppID, "url_list": []string{"", ""}}), `{"code":17,"message":"url is empty"}`},
		"no images":            {jsonCall(object{"appid": demo.AppID, "image": []string{}}), `{"code":18,"message":"no image or url"}`},
		"of another app id":    {jsonCall(object{"appid": demo.AppID, "url_list": []string{card, "http://testbucket-1250000002.image.myqcloud.com/x"}}), `{"code":6,"message":"appid/bucket/url not match"}`},
		"without an appid":     {jsonCall(object{"image": []string{encoded, encoded}}), `{"code":21,"message":"invalid parameter"}`},
		"too many":             {jsonCall(object{"appid": demo.AppID, "url_list": make([]string, 21)}), `{"code":19,"message":"too many images"}`},
	} {
		a := s.do(t, c.call)
		if a.text != c.want || a.status != http.StatusOK {
			t.Errorf("%s: status %d\n got %s\nwant %s", name, a.status, a.text, c.want)
		}
	}
}

func TestTwentyImages(t *testing.T) {
	for _, most := range []int{0, 3} {
		s := start(t, func(o *Options) { o.MaxImages = most })
		if most == 0 {
			most = 20
		}
		images := make([]string, most)
		for i := range images {
			images[i] = encoded
		}
		a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": images}))
		if len(a.List) != most || len(s.seen) != most {
			t.Fatalf("%d results, %d readings", len(a.List), len(s.seen))
		}
		for _, r := range a.List {
			if r.Code != 0 || r.Data.SessionID != a.List[0].Data.SessionID || len(r.Data.Items) != 5 {
				t.Errorf("%+v", r)
			}
		}
		if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": append(images, encoded)})); a.Code != 19 {
			t.Error(a.text)
		}
	}
}

// The codes of several pictures fold in strict mode, and the reply keeps status
// 200 in that of 2017.
func TestSeveralInOtherModes(t *testing.T) {
	s := start(t, func(o *Options) { o.Strict, o.HTTP2017 = true, true })
	a := s.do(t, formCall(text("appid", demo.AppID), file("image1", []byte("none")), file("image2", []byte("GIF89a")), file("image3", picture)))
	if a.status != 200 || len(a.List) != 3 || a.List[0].Code != -9011 || a.List[1].Code != -1102 || a.List[2].Code != 0 {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// A picture that takes too long does not take the others' time.
func TestSlowAmongSeveral(t *testing.T) {
	s := start(t, func(o *Options) { o.ReadTimeout = 20 * time.Millisecond })
	a := s.do(t, formCall(text("appid", demo.AppID), file("image1", []byte("slow")), file("image2", picture)))
	if len(a.List) != 2 || a.List[0].Code != 203 || a.List[1].Code != 0 {
		t.Error(a.text)
	}
	// All of them together have a time, too.
	a = s.do(t, formCall(text("appid", demo.AppID), file("image1", []byte("slow")), file("image2", []byte("slow")), file("image3", []byte("slow")), file("image4", []byte("slow")), file("image5", []byte("slow"))))
	if len(a.List) != 5 || a.List[4].Code != 203 {
		t.Error(a.text)
	}
}

// What is read is charged by the image, and what is not read is free.
func TestMeter(t *testing.T) {
	s := start(t, func(o *Options) { with(func(a *account.FileAccount) { a.PostPay = new(bool) })(t, o) })
	left := func() int64 {
		packs, err := s.store.Accounts.ListPacks(t.Context(), demo.AppID)
		if err != nil || len(packs) != 1 {
			t.Fatalf("packs %+v, %v, want the free one", packs, err)
		}
		return packs[0].Left
	}
	for _, c := range []struct {
		call testCall
		code int
		left int64
	}{
		{jsonCall(object{"appid": demo.AppID, "image": encoded}), 0, 9},
		{jsonCall(object{"appid": demo.AppID, "image": "!!"}), 21, 9},
		{jsonCall(object{"appid": demo.AppID}), 18, 9},
		{jsonCall(object{"appid": demo.AppID, "image": []string{encoded, "", encoded, "!!"}}), 0, 7},
		{formCall(text("appid", demo.AppID), file("image", []byte("none"))), -9013, 7},
		{formCall(text("appid", demo.AppID), file("image", []byte("panic"))), -5208, 7},
		{jsonCall(object{"appid": demo.AppID, "image": []string{"", "", "", "", "", "", "", ""}}), 25, 7},
		{jsonCall(object{"appid": demo.AppID, "image": make([]string, 21)}), 19, 7},
	} {
		a := s.do(t, c.call)
		if a.Code != c.code || left() != c.left {
			t.Errorf("%.60s: code %d, %d left, want %d, %d", c.call.body, a.Code, left(), c.code, c.left)
		}
	}
	s.ledger.fail(nil, errors.New("disk full"))
	if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.Code != 213 || strings.Contains(a.text, "514958888888888") {
		t.Errorf("a reading that could not be charged is sent: %s", a.text)
	}
	s.Close()
	if report, err := s.store.Ledger.Verify(t.Context()); err != nil || report.Held != 0 || report.Break != "" {
		t.Errorf("the ledger at the end: %+v, %v, want no charge held", report, err)
	}
}
