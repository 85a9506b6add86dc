// Package reliability tries to break kahao serve. Each test starts the real
// binary, as an operator would, does to it what the test is named after, and
// judges it from outside. docs/reliability.md lists the tests and their bars.
//
//	go test -tags reliability -v -timeout 0 -run TestSlowClients ./test/reliability
//	scripts/with-postgres go test -tags reliability -v -short ./test/reliability
//
// With -short, which CI uses, the tests do less of everything and judge only
// what does not depend on how busy the machine is: answers, codes, memory and
// exits. Times are logged; the full form judges them, too.
//
// KAHAO_BINARY names a binary to test instead of one built from the checkout.
package reliability
