package pan_test

import (
	"fmt"

	"github.com/kahao/kahao/pan"
)

// A Number prints masked. Reveal returns the digits.
func ExampleNumber() {
	n, err := pan.New("4111111111111111")
	if err != nil {
		panic(err)
	}
	fmt.Println(n)
	fmt.Printf("%#v %d\n", n, n)
	fmt.Println(n.Reveal(), n.Luhn())
	// Output:
	// 411111******1111
	// pan.Number(411111******1111) 411111******1111
	// 4111111111111111 true
}

func ExampleLuhnDigit() {
	fmt.Printf("%c\n", pan.LuhnDigit("411111111111111"))
	// Output: 1
}
