package encode

import "testing"

// The shape of a line, to the letter; what could not be read has neither text
// nor confidence, and a confidence is a probability.
func TestJSON(t *testing.T) {
	for _, c := range []struct {
		item Item
		want string
	}{
		{NewItem("银行信息", BankBox, 1.5, `<&>`), `{"item":"银行信息","itemcoord":{"x":10,"y":50,"width":10,"height":10},"itemconf":1,"itemstring":"<&>","coords":[],"words":[],"candword":[]}`},
		{NewItem("卡号", Box{1, 2, 3, 4}, 0.5, ""), `{"item":"卡号","itemcoord":{"x":1,"y":2,"width":3,"height":4},"itemconf":0,"itemstring":"","coords":[],"words":[],"candword":[]}`},
	} {
		want := `{"code":0,"message":"OK","data":{"session_id":"1","items":[` + c.want + `]}}`
		if got := string(JSON(Reply{Message: "OK", Data: &Data{SessionID: "1", Items: []Item{c.item}}})); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	name := ""
	if got := string(JSON(Replies{[]Picture{{Code: 21, Message: "no", FileName: &name}}})); got != `{"result_list":[{"code":21,"message":"no","filename":""}]}` {
		t.Error(got)
	}
}
