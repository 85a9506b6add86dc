// Command shot takes screenshots of pages of a running console, for looking at
// them while they are being built.
//
//	go run ./shot -url http://127.0.0.1:8081 -session TOKEN -out DIR -look en-1280 /signin ...
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chromedp/chromedp"

	"github.com/kahao/kahao/test/browser"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "shot:", err)
		os.Exit(1)
	}
}

func run() error {
	at := flag.String("url", "http://127.0.0.1:8081", "the console")
	session := flag.String("session", "", "token of a session")
	out := flag.String("out", ".", "directory of the images")
	looks := flag.String("look", "zh-CN-1280", "looks, such as zh-CN-390-dark, separated by commas")
	file := flag.String("file", "", "an image that pages with a form for it read")
	window := flag.Bool("window", false, "only what the window shows, not the whole page")
	flag.Parse()
	b, end, err := browser.Start(context.Background())
	defer end()
	if err != nil {
		return err
	}
	for text := range strings.SplitSeq(*looks, ",") {
		l := browser.Look{}
		text, l.Dark = strings.CutSuffix(text, "-dark")
		i := strings.LastIndex(text, "-")
		l.Language = text[:i]
		l.Width, _ = strconv.ParseInt(text[i+1:], 10, 64)
		t, done, err := b.Open(*at, l)
		if err != nil {
			return err
		}
		if *session != "" {
			if err := t.SetSession(*session); err != nil {
				return err
			}
		}
		for _, path := range flag.Args() {
			if err := t.Go(path); err != nil {
				return err
			}
			if *file != "" && strings.HasSuffix(path, "/try") {
				if err := t.Do(chromedp.SetUploadFiles("#image", []string{*file}), chromedp.Click("form.try button"), chromedp.WaitVisible("#result section")); err != nil {
					return err
				}
			}
			png, err := t.Screenshot()
			if *window {
				err = t.Do(chromedp.CaptureScreenshot(&png))
			}
			if err != nil {
				return err
			}
			name := strings.Trim(strings.Map(func(r rune) rune {
				if strings.ContainsRune("/?&=", r) {
					return '_'
				}
				return r
			}, path), "_")
			if err := os.WriteFile(filepath.Join(*out, name+"-"+l.String()+".png"), png, 0o644); err != nil {
				return err
			}
		}
		if err := t.Problems(); err != nil {
			fmt.Println("problems:", err)
		}
		done()
	}
	return nil
}
