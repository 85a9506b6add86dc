package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/mcptools"
	"github.com/kahao/kahao/internal/pipeline"
)

type mcpOptions struct {
	*env
	allow []string
	http  string
}

func newMCPCommand(e *env) *cobra.Command {
	o := &mcpOptions{env: e}
	cmd := &cobra.Command{
		Use:   "mcp --allow DIR",
		Short: "offer reading and redaction to language models",
		Example: `  kahao mcp --allow ~/receipts
  kahao mcp --allow /srv/a --allow /srv/b --http 127.0.0.1:8090`,
		Long: `
Serves the Model Context Protocol on standard input and output, or with --http as
streamable HTTP on a loopback address, with three tools: read_card (numbers are
masked), redact_image (writes a copy) and scan_folder.

They reach files below the directories of --allow only; symbolic links that lead
out are not followed. No tool returns a whole number, and none replaces a file.`,
		Args: takes(0, 0),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.StringArrayVar(&o.allow, "allow", nil, "let the tools use files below this `directory`; may be given several times")
	fs.StringVar(&o.http, "http", "", "serve HTTP on this loopback `address`, such as 127.0.0.1:8090")
	_ = cmd.MarkFlagDirname("allow")
	return cmd
}

func (o *mcpOptions) run(ctx context.Context, _ []string) (err error) {
	if len(o.allow) == 0 {
		return misuse("name a directory with --allow: the tools reach no others")
	}
	if o.http != "" {
		address, err := netip.ParseAddrPort(o.http)
		if err != nil || !address.Addr().IsLoopback() {
			return misuse("--http %q: want a loopback address with a port, because every caller is trusted", o.http)
		}
	}
	reader, err := kahao.New(kahao.Options{})
	if err != nil {
		return err
	}
	finder, err := pipeline.New(pipeline.Options{Anywhere: true})
	if err != nil {
		return err
	}
	tools, err := mcptools.New(reader, finder, reader.Versions().Kahao, o.allow)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tools.Close()) }()
	if o.http == "" {
		err := tools.Server().Run(ctx, &mcp.StdioTransport{})
		if ctx.Err() != nil {
			return nil // an interrupt is how it ends
		}
		return err
	}
	return o.serveHTTP(ctx, tools)
}

func (o *mcpOptions) serveHTTP(ctx context.Context, tools *mcptools.Tools) error {
	listener, err := net.Listen("tcp", o.http)
	if err != nil {
		return err
	}
	server := tools.Server()
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	// A page in a browser must not call the tools.
	h := &http.Server{Handler: http.NewCrossOriginProtection().Handler(handler), ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintf(o.out, "listening on http://%s\n", listener.Addr())
	stopped := make(chan error, 1)
	go func() { stopped <- h.Serve(listener) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
		return h.Close()
	}
}
