package legacy

import "testing"

// The shape of a line, to the letter; what could not be read has neither text
// nor confidence, and a confidence is a probability.
func TestEncodeJSON(t *testing.T) {
	for _, c := range []struct {
		item item
		want string
	}{
		{newItem("银行信息", bankBox, 1.5, `<&>`), `{"item":"银行信息","itemcoord":{"x":10,"y":50,"width":10,"height":10},"itemconf":1,"itemstring":"<&>","coords":[],"words":[],"candword":[]}`},
		{newItem("卡号", box{1, 2, 3, 4}, 0.5, ""), `{"item":"卡号","itemcoord":{"x":1,"y":2,"width":3,"height":4},"itemconf":0,"itemstring":"","coords":[],"words":[],"candword":[]}`},
	} {
		want := `{"code":0,"message":"OK","data":{"session_id":"1","items":[` + c.want + `]}}`
		if got := string(encodeJSON(reply{Message: "OK", Data: &data{SessionID: "1", Items: []item{c.item}}})); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	name := ""
	if got := string(encodeJSON(replies{[]imageReply{{Code: 21, Message: "no", FileName: &name}}})); got != `{"result_list":[{"code":21,"message":"no","filename":""}]}` {
		t.Errorf("a list of one failure: %s", got)
	}
}
