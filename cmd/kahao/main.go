// Command kahao reads bank cards from images, serves that over HTTP, draws
// labelled test cards, and scores and times itself. Run "kahao help".
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], newEnv()))
}
