package kahao_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"log"
	"os"

	"github.com/kahao/kahao"
)

// example returns a Reader and an image of a card.
func example() (*kahao.Reader, []byte) {
	reader, err := kahao.New(kahao.Options{})
	if err != nil {
		log.Fatal(err)
	}
	image, err := os.ReadFile("testdata/card.jpg")
	if err != nil {
		log.Fatal(err)
	}
	return reader, image
}

// The bytes of an image go in, the card comes out. Its number prints masked.
func Example() {
	reader, err := kahao.New(kahao.Options{})
	if err != nil {
		log.Fatal(err)
	}
	image, err := os.ReadFile("testdata/card.jpg")
	if err != nil {
		log.Fatal(err)
	}
	card, err := reader.Read(context.Background(), image)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(card.PAN)
	fmt.Println(card.Expiry)
	fmt.Println(card.Issuer.BankInfo(), card.Issuer.TypeText(), card.Issuer.Network)
	// Output:
	// 622700*********0003
	// 05/2015
	// 建设银行(01050000) 借记卡 unionpay
}

// A service that reads issued cards only, and small uploads.
func ExampleNew() {
	reader, err := kahao.New(kahao.Options{Luhn: kahao.LuhnStrict, MaxBytes: 5 << 20})
	if err != nil {
		log.Fatal(err)
	}
	_, err = reader.Read(context.Background(), make([]byte, 6<<20))
	fmt.Println(errors.Is(err, kahao.ErrTooLarge))
	// Output: true
}

// The error says whether the image cannot be read, or shows no card.
func ExampleReader_Read() {
	reader, _ := example()
	_, err := reader.Read(context.Background(), []byte("not an image"))
	var bad *kahao.ImageError
	switch {
	case errors.Is(err, kahao.ErrNoCard):
		fmt.Println("no card")
	case errors.As(err, &bad):
		fmt.Println(bad.Kind)
	}
	// Output: kahao: malformed
}

// A reading without a card gives reasons.
func ExampleReader_ReadAll() {
	reader, _ := example()
	var grey bytes.Buffer
	if err := png.Encode(&grey, image.NewGray(image.Rect(0, 0, 320, 200))); err != nil {
		log.Fatal(err)
	}
	reading, err := reader.ReadAll(context.Background(), grey.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(reading.Cards), reading.Reasons[0].Code == kahao.ReasonNoCard)
	// Output: 0 true
}

// An image that is decoded already, such as a camera's frame.
func ExampleReader_ReadImage() {
	reader, file := example()
	frame, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		log.Fatal(err)
	}
	reading, err := reader.ReadImage(context.Background(), frame)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reading.Best().PAN)
	// Output: 622700*********0003
}

// The headers tell what reading will cost, before it is paid.
func ExampleReader_Inspect() {
	reader, image := example()
	info, err := reader.Inspect(image)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Format, info.Width, info.Height)
	// Output: JPEG 800 450
}

// Each digit has its place and the other digits that it may be.
func ExampleNumber() {
	reader, image := example()
	card, err := reader.Read(context.Background(), image)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(card.PAN.Reveal())
	first := card.Number.Digits[0]
	fmt.Printf("%d digits, the first is %c\n", len(card.Number.Digits), first.Value)
	// Output:
	// 6227000000000000003
	// 19 digits, the first is 6
}
