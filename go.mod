module github.com/kahao/kahao

go 1.26.4

require (
	golang.org/x/image v0.47.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/BurntSushi/toml v1.6.0
	github.com/VictoriaMetrics/metrics v1.44.0
	github.com/valyala/fastrand v1.1.0 // indirect
	github.com/valyala/histogram v1.2.0 // indirect
)

require (
	github.com/rogpeppe/go-internal v1.14.1
	golang.org/x/tools v0.51.0 // indirect
)

require (
	github.com/gen2brain/jpegn v0.6.1
	golang.org/x/text v0.43.0 // indirect
)
