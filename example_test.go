package kahao_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"

	"github.com/kahao/kahao"
)

// A picture goes in, the card comes out. The number prints masked.
func Example() {
	reader, err := kahao.New(kahao.Options{})
	if err != nil {
		panic(err)
	}
	picture, err := os.ReadFile("testdata/card.jpg")
	if err != nil {
		panic(err)
	}
	card, err := reader.Read(context.Background(), picture)
	if err != nil {
		panic(err)
	}
	fmt.Println(card.PAN)
	fmt.Println(card.Expiry)
	fmt.Println(card.Issuer.BankInfo(), card.Issuer.TypeText(), card.Issuer.Network)
	// Output:
	// 622700*********0003
	// 05/2015
	// 建设银行(01050000) 借记卡 unionpay
}

// Reveal is the only way to the digits; each has its place and its rivals.
func ExampleNumber() {
	reader, err := kahao.New(kahao.Options{})
	if err != nil {
		panic(err)
	}
	picture, err := os.ReadFile("testdata/card.jpg")
	if err != nil {
		panic(err)
	}
	card, err := reader.Read(context.Background(), picture)
	if err != nil {
		panic(err)
	}
	fmt.Println(card.PAN.Reveal())
	fmt.Printf("%d digits, the first a %c\n", len(card.Number.Digits), card.Number.Digits[0].Value)
	// Output:
	// 6227000000000000003
	// 19 digits, the first a 6
}

// What stands in the way of a reading has a code, and often a place.
func ExampleReason() {
	reader, err := kahao.New(kahao.Options{})
	if err != nil {
		panic(err)
	}
	var grey bytes.Buffer
	if err := png.Encode(&grey, image.NewGray(image.Rect(0, 0, 320, 200))); err != nil {
		panic(err)
	}
	reading, err := reader.ReadAll(context.Background(), grey.Bytes())
	if err != nil {
		panic(err)
	}
	for _, r := range reading.Reasons {
		fmt.Println(r.Code)
	}
	// Output: no_card
}

// Errors tell pictures that cannot be read from pictures without a card.
func ExampleReader_Read() {
	reader, err := kahao.New(kahao.Options{})
	if err != nil {
		panic(err)
	}
	_, err = reader.Read(context.Background(), []byte("not a picture"))
	switch {
	case errors.Is(err, kahao.ErrNoCard):
		fmt.Println("no card")
	case errors.Is(err, kahao.ErrMalformed):
		fmt.Println("malformed")
	}
	// Output: malformed
}
