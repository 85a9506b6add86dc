package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/cmd/kahao/internal/words"
)

// langFlag adds --lang, the language of a command's text.
func langFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "lang", "", "`language` of the text: en or zh (default: from the environment)")
	complete(cmd, "lang", words.Names...)
}

// language returns the language of --lang, or without one that of the environment.
func language(name string) (words.Language, error) {
	if name == "" {
		return words.Of(os.Getenv), nil
	}
	l, err := words.Parse(name)
	if err != nil {
		return l, misuse("--lang: %v", err)
	}
	return l, nil
}
