// Package sandbox runs image decoders in WebAssembly: C and C++ code that can
// reach nothing but its own memory, which is bounded. A decoder is compiled when
// the first file of its format comes, and each file gets a memory of its own.
package sandbox

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed" // the decoders
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// MaxMemory is the most bytes that one decoder may have.
const MaxMemory = 512 << 20

// ErrMissing means that this program was built without the decoder.
var ErrMissing = errors.New("this program was built without the decoder")

// ErrUnending means that a decoder did not end in its time.
var ErrUnending = errors.New("the decoder does not end")

const pageSize = 64 << 10

// ErrDecode means that a decoder did not accept a file, or broke off.
var ErrDecode = errors.New("the decoder refuses the file")

// decoder is a module that is compiled at its first use.
type decoder struct {
	coded   []byte // WebAssembly, by gzip
	once    sync.Once
	runtime wazero.Runtime
	module  wazero.CompiledModule
	err     error
}

//go:embed avif.wasm.gz
var avifModule []byte

var (
	heif = &decoder{coded: heifModule}
	avif = &decoder{coded: avifModule}
)

// Interpreted reports whether decoders are interpreted, which takes some ten
// times as long: where the process may not make memory executable, or there is no
// compiler for its processor.
var Interpreted = sync.OnceValue(func() (interpreted bool) {
	// wazero writes machine code of its own as soon as there is a runtime, and
	// panics if it may not.
	defer func() {
		if recover() != nil {
			interpreted = true
		}
	}()
	ctx := context.Background()
	return wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler()).Close(ctx) != nil
})

// compile translates the module to machine code, or for the interpreter.
func (d *decoder) compile() {
	if len(d.coded) == 0 {
		d.err = ErrMissing
		return
	}
	var binary []byte
	if binary, d.err = d.binary(); d.err != nil {
		return
	}
	config := wazero.NewRuntimeConfigInterpreter()
	if !Interpreted() {
		config = wazero.NewRuntimeConfigCompiler()
	}
	d.err = d.load(config, binary)
}

func (d *decoder) binary() ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(d.coded))
	if err != nil {
		return nil, fmt.Errorf("a decoder in this program is damaged: %w", err)
	}
	return io.ReadAll(z)
}

// load compiles under one configuration. wazero panics on some failures.
func (d *decoder) load(config wazero.RuntimeConfig, binary []byte) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("cannot compile a decoder: %v", v)
		}
	}()
	ctx := context.Background()
	d.runtime = wazero.NewRuntimeWithConfig(ctx, config.WithMemoryLimitPages(MaxMemory/pageSize).WithCloseOnContextDone(true))
	// The modules name these functions, and call them for messages only. They get
	// no file, no clock and no environment.
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, d.runtime); err == nil {
		d.module, err = d.runtime.CompileModule(ctx, binary)
	}
	return err
}

// run gives a file to a fresh instance of a decoder, which has so much time.
func (d *decoder) run(ctx context.Context, limit time.Duration, file []byte, use func(i *instance, at uint64) error) (err error) {
	d.once.Do(d.compile)
	if d.err != nil {
		return d.err
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer func() {
		if v := recover(); v != nil { // an access outside of the memory
			err = fmt.Errorf("%w: %v", ErrDecode, v)
		}
		switch {
		case ctx.Err() != nil:
			err = ctx.Err()
		case err != nil && limited.Err() != nil:
			err = ErrUnending
		}
	}()
	module, err := d.runtime.InstantiateModule(limited, d.module, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDecode, err)
	}
	defer module.Close(context.Background())
	i := &instance{limited, module}
	at, err := i.write(file)
	if err != nil {
		return err
	}
	return use(i, at)
}

// instance is a decoder with a memory.
type instance struct {
	ctx    context.Context
	module api.Module
}

// call calls a function of the module.
func (i *instance) call(name string, arguments ...uint64) (uint64, error) {
	f := i.module.ExportedFunction(name)
	if f == nil {
		return 0, fmt.Errorf("%w: no function %s", ErrDecode, name)
	}
	r, err := f.Call(i.ctx, arguments...)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDecode, err)
	}
	return r[0], nil
}

// allocate returns the place of n bytes.
func (i *instance) allocate(n int) (uint64, error) {
	at, err := i.call("malloc", uint64(n))
	if err != nil {
		return 0, err
	}
	if at == 0 || at+uint64(n) > uint64(i.module.Memory().Size()) {
		return 0, fmt.Errorf("%w: it has no %d bytes left", ErrDecode, n)
	}
	return at, nil
}

func (i *instance) write(b []byte) (uint64, error) {
	at, err := i.allocate(len(b))
	if err == nil && !i.module.Memory().Write(uint32(at), b) {
		err = ErrDecode
	}
	return at, err
}

// read returns a copy of n bytes.
func (i *instance) read(at uint64, n int) ([]byte, error) {
	b, ok := i.module.Memory().Read(uint32(at), uint32(n))
	if !ok {
		return nil, ErrDecode
	}
	return bytes.Clone(b), nil
}

// numbers reads n values of 32 bits.
func (i *instance) numbers(at uint64, n int) ([]int, error) {
	values := make([]int, n)
	for k := range values {
		v, ok := i.module.Memory().ReadUint32Le(uint32(at) + 4*uint32(k))
		if !ok {
			return nil, ErrDecode
		}
		values[k] = int(v)
	}
	return values, nil
}
